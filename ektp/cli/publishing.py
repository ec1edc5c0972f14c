"""The command that sends events to the broker: publish."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import typer

from ektp.cli.lines import batches, numbered_lines, opened_file
from ektp.cli.opening import configured
from ektp.cli.progress import progress
from ektp.cli.screen import Json, note, print_json
from ektp.cli.submitting import File
from ektp.cli.ways import Way, way_for
from ektp.errors import ServiceMissing

if TYPE_CHECKING:
    from ektp.broker.console import Dispatch

_BATCH: Final = 2000
_SHOWN: Final = 20


@dataclass(slots=True)
class _Report:
    """What was published, and every line that was not."""

    published: int
    refused: list[dict[str, Any]]

    def refuse(self, line: int, reason: str) -> None:
        self.refused.append({"line": line, "reason": reason})


def publish(file: File, as_json: Json = False) -> None:
    """Send the events of a file to the broker, with confirms.

    Without EKTP_BROKER_URL through the HTTP door of the running `ektp up`. Bad lines are reported by number, good ones
    go; exit code 1 when some lines were refused. What was not confirmed may be sent again: the ids make it one event.
    """
    with opened_file(file) as source:
        way = way_for(configured())
        report = _Report(0, [])
        try:
            with progress("publishing") as advance:
                for batch in batches(numbered_lines(source), _BATCH):
                    _publish(way, batch, report)
                    advance(len(batch))
        finally:
            _print_report(report, as_json=as_json)
    if report.refused:
        raise typer.Exit(1)


def _publish(way: Way, batch: Sequence[tuple[int, bytes]], report: _Report) -> None:
    """Publish one batch and write down what became of each line."""
    good = [(number, found) for number, line in batch if (found := _dispatch(number, line, report)) is not None]
    if not good:
        return
    try:
        refused = way.carry([one for _, one in good])
    except ServiceMissing as missing:
        stopped = f"stopped before line {batch[0][0]} ({missing}): send the file again, nothing is taken twice"
        raise ServiceMissing(stopped) from missing
    for number, one in good:
        if (why := refused[one.id]) is not None:
            report.refuse(number, why)
        else:
            report.published += 1


def _dispatch(number: int, line: bytes, report: _Report) -> "Dispatch | None":
    """Read a line as the intake will; None and a refusal where that would park it."""
    from ektp.broker.console import Dispatch
    from schemas.reasons import Reason
    from schemas.submission import Door, read_line
    from schemas.values import is_station

    read = read_line(line, door=Door.AMQP)
    if read.event is None:
        report.refuse(number, read.refusal.reason if read.refusal else Reason.NOT_JSON)
        return None
    if not is_station(read.event.station):
        report.refuse(number, Reason.BAD_SOURCE)
        return None
    return Dispatch(str(read.event.id), f"{read.event.name}.{read.event.station}", read.body)


def _print_report(report: _Report, *, as_json: bool) -> None:
    report.refused.sort(key=lambda refused: int(refused["line"]))
    if as_json:
        print_json({"published": report.published, "refused": report.refused})
        return
    for refused in report.refused[:_SHOWN]:
        note(f"line {refused['line']}: {refused['reason']}")
    if len(report.refused) > _SHOWN:
        note(f"and {len(report.refused) - _SHOWN} more lines: --json lists them all")
    print(f"{report.published} published, {len(report.refused)} refused")
