"""The command that carries a station's spool to the centre: flush."""

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any, Final, Self

import typer

from ektp.cli.progress import progress
from ektp.cli.screen import Json, note, print_json
from ektp.cli.station import opened_spool
from ektp.errors import WrongUse

if TYPE_CHECKING:
    from ektp.station.enrolment import Enrolment
    from ektp.station.flushing import Report
    from ektp.station.parcels import Way, Word

_SELDOM: Final = 5.0  # seconds between two lines where nobody looks
_AWAY, _KEPT = 3, 1


def flush(
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Also what the centre had from then on: it was restored.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Stay, and send whatever is recorded.")] = False,
    patience: Annotated[float, typer.Option(metavar="S", help="Give up after so many seconds without progress.")] = 60,
    as_json: Json = False,
) -> None:
    """Send everything that is unsent, oldest first.

    An event is done only when the centre has confirmed it. Exit code 0: all is gone; 1: some were returned or refused
    and are kept; 3: the centre is not there, everything is kept.
    """
    import logging
    import threading
    from datetime import UTC, datetime

    from ektp.cli.stopping import signals_set
    from ektp.logs import configure
    from ektp.station.flushing import Flush, alone
    from ektp.station.home import read_home
    from ektp.station.status import clock_remark

    configure(None, level=logging.WARNING)
    stopping = threading.Event()
    with ExitStack() as stack:
        spool, enrolment = stack.enter_context(opened_spool())
        stack.enter_context(alone(read_home().flush_lock))
        if (remark := clock_remark(spool, enrolment, datetime.now(UTC))) is not None:
            note(f"look at this machine's clock: {remark}; what it wrote meanwhile goes as a backlog")
        again = spool.send_again(_moment(since)) if since else 0
        if again:
            note(f"{again} events that were confirmed go again")
        stack.enter_context(signals_set(stopping))
        began = time.monotonic()
        said = stack.enter_context(_Said(spool.count()))
        report = Flush(
            spool, _way(enrolment), said.telling(), stopping=stopping, patience=patience, follow=follow
        ).run()
        said.close()
        unsent = spool.count()
        _print(report, unsent, time.monotonic() - began, said.words, as_json=as_json)
    if report.away:
        raise typer.Exit(_AWAY)
    if unsent and not (follow and stopping.is_set()):
        raise typer.Exit(_KEPT)


class _Said:
    """Shows how far it is: a bar on a terminal, a line now and then elsewhere; and every word of the centre."""

    def __init__(self, total: int) -> None:
        self._total, self._gone, self._last = total, 0, time.monotonic()
        self._stack = ExitStack()
        self._advance: Callable[[int], None] = lambda _count: None
        self.words: list[str] = []

    def __enter__(self) -> Self:
        self._advance = self._stack.enter_context(progress("sending", self._total))
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the bar."""
        self._stack.close()

    def telling(self) -> Any:  # noqa: ANN401 - Telling, whose import is dear
        from ektp.station.flushing import Telling

        return Telling(note, self._count, self._hear)

    def _count(self, gone: int) -> None:
        self._gone += gone
        self._advance(gone)
        if not sys.stderr.isatty() and time.monotonic() - self._last >= _SELDOM:
            self._last = time.monotonic()
            note(f"{self._gone} of {self._total} sent")

    def _hear(self, words: "Sequence[Word]") -> None:
        from ektp.station.feedback import sentence

        for line in filter(None, map(sentence, words)):
            note(line)
            self.words.append(line)


def _way(enrolment: "Enrolment") -> "Way":
    """Return the way this station has: the broker if it has an account there."""
    if enrolment.broker:
        from ektp.station.amqp_way import AmqpWay

        return AmqpWay(enrolment.broker_url(), enrolment.station, time.time)
    from ektp.station.http_way import HttpWay

    return HttpWay(enrolment.http or "", enrolment.token or "", time.time)


def _moment(text: str) -> float:
    from datetime import datetime

    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.astimezone()
        return moment.timestamp()
    except (ValueError, OverflowError, OSError):
        raise WrongUse("--since: a time such as 2018-02-12T08:15+07:00 or a date") from None


def _print(report: "Report", unsent: int, seconds: float, words: Sequence[str], *, as_json: bool) -> None:
    told = {
        "confirmed": report.confirmed,
        "late": report.late,
        "returned": report.returned,
        "refused": report.refused,
        "unsent": unsent,
        "seconds": round(seconds, 2),
        "away": report.away or None,
        "words": list(words),
    }
    if as_json:
        print_json(told)
        return
    late = f", {report.late} of them late" if report.late else ""
    print(f"{report.confirmed} sent{late}; {unsent} unsent")
    if report.away:
        note(f"gave up: {report.away}; everything unsent is kept, flush again later")
