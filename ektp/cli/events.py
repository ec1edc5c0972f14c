"""The commands that speak the broker's language: publish, sample, listen."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ektp.cli.lines import batches, numbered_lines, opened_file
from ektp.cli.progress import progress
from ektp.cli.screen import Json, note, print_json
from ektp.cli.submitting import File
from ektp.errors import ServiceMissing, WrongUse

if TYPE_CHECKING:
    from ektp.broker.console import Dispatch

_BATCH: Final = 2000
_SHOWN: Final = 20


@dataclass(slots=True)
class _Report:
    """What was published, and every line that was not."""

    published: int
    refused: list[dict[str, Any]]
    next_line: int = 1

    def refuse(self, line: int, reason: str) -> None:
        self.refused.append({"line": line, "reason": reason})


def publish(file: File, as_json: Json = False) -> None:
    """Send events to the broker with confirms; bad lines are reported by number, good ones go.

    Exit code 1 when some lines were refused. What was not confirmed may be sent again: the ids make it one event.
    """
    report = _Report(0, [])
    with opened_file(file) as source:
        url = _broker_url()
        try:
            with progress("publishing") as advance:
                for batch in batches(numbered_lines(source), _BATCH):
                    _publish(url, batch, report)
                    advance(len(batch))
        finally:
            _print_report(report, as_json=as_json)
    if report.refused:
        raise typer.Exit(1)


def sample(
    event: Annotated[str, typer.Argument(metavar="EVENT", help="Its name, such as recorded.")],
    subject: Annotated[
        str | None, typer.Option(metavar="UUID", help="The application; a new one if not given.")
    ] = None,
    nik: Annotated[str | None, typer.Option(help="The NIK of a recorded; an impossible one if not given.")] = None,
    data: Annotated[
        str | None, typer.Option(metavar="JSON", help="Fields of data to replace; null removes one.")
    ] = None,
) -> None:
    """Print a valid example event with a new id and the time of now."""
    from schemas.samples import SAMPLES

    if event not in SAMPLES:
        raise WrongUse(f"there is no event {event}: one of {', '.join(SAMPLES)}")
    try:
        fields = json.loads(data) if data else {}
    except ValueError:
        raise WrongUse("--data is not JSON") from None
    if not isinstance(fields, dict):
        raise WrongUse("--data must be a JSON object")
    print_json(_example(event, subject, {**fields, **({"nik": nik} if nik else {})}))


def listen(
    pattern: Annotated[str, typer.Argument(metavar="[PATTERN]", help="As in *.33.# or application-printed.#")] = "#",
    count: Annotated[int | None, typer.Option(min=1, help="End after so many.")] = None,
) -> None:
    """Print notices as they come, one JSON a line, until Ctrl-C."""
    from ektp.broker import console

    notices = console.listen(_broker_url(), pattern)
    note(f"listening to {pattern}")
    try:
        for number, notice in enumerate(notices, 1):
            print(notice.body.decode(errors="replace"), flush=True)
            if number == count:
                return
    except KeyboardInterrupt:
        return


def _broker_url() -> str:
    from ektp.bootstrap import broker_url
    from ektp.settings import read_settings

    return broker_url(read_settings())


def _publish(url: str, batch: Sequence[tuple[int, bytes]], report: _Report) -> None:
    """Publish one batch and write down what became of each line."""
    from consumers.errors import PublisherLost
    from ektp.broker.console import BatchPublisher, Fate

    good = [(number, found) for number, line in batch if (found := _dispatch(number, line, report)) is not None]
    try:
        fates = BatchPublisher(url).publish([one for _, one in good]) if good else {}
    except PublisherLost as lost:
        stopped = f"stopped before line {batch[0][0]} ({lost.because}): send the file again, nothing is taken twice"
        raise ServiceMissing(stopped) from lost
    words = {Fate.RETURNED: "not-routed", Fate.NACKED: "refused-by-the-broker", Fate.UNKNOWN: "not-confirmed"}
    told = Counter(fates[one.id] for _, one in good)
    report.published += told[Fate.CONFIRMED]
    for number, one in good:
        if fates[one.id] is not Fate.CONFIRMED:
            report.refuse(number, words[fates[one.id]])
    if told and not told[Fate.CONFIRMED]:
        note("the broker confirmed nothing: has `ektp migrate` declared its exchanges, and may this account publish?")


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


def _example(name: str, subject: str | None, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the sample as a new event; raise WrongUse where the fields make it invalid."""
    from datetime import datetime, timedelta, timezone
    from uuid import uuid4

    from consumers.entry import ABOUT_OTHERS
    from schemas.errors import Refused
    from schemas.samples import valid_event
    from schemas.submission import read_event

    now = datetime.now(timezone(timedelta(hours=7))).replace(microsecond=0)
    about = subject or (None if name in ABOUT_OTHERS else uuid4())
    if name == "recorded":
        fields = {"nik": _impossible_nik(), **fields}
    event = valid_event(name, id=uuid4(), subject=about, time=now, **fields)
    try:
        read_event(event)
    except Refused as refused:
        raise WrongUse(str(refused)) from None
    return event


def _impossible_nik() -> str:
    """Return a well-formed NIK of nobody: no district of Semarang ever came to the serials from 9900 on."""
    import random

    chance = random.SystemRandom()
    born = (f"{chance.randint(low, high):02}" for low, high in ((1, 28), (1, 12), (0, 99)))
    return f"337410{''.join(born)}99{chance.randint(0, 99):02}"
