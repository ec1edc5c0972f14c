"""The loop that carries the spool to the centre: oldest first, again and again, with an end to its patience."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Final, NamedTuple

from consumers.back_off import BackOff
from ektp.station.errors import CentreAway, FlushRunning
from ektp.station.feedback import keep, wanted_since
from ektp.station.parcels import Carried, Parcel, Said, Way, Word
from ektp.station.spool import Spool

PATIENCE: Final = 60.0  # seconds without any progress
_IDLE: Final = 1.0  # seconds between two looks for something new
_GROWTH: Final = 4
_HOPELESS: Final = 5  # events in a row that are refused, each of them alone
_WORDS: Final = 200  # of the centre, kept in one transaction
_LISTENED: Final = 60.0  # seconds between two looks for words while following
_LONGEST_PAUSE: Final = 15.0  # seconds


class Telling(NamedTuple):
    """Where a flush says what it is doing: a line, some events that are gone, words of the centre."""

    line: Callable[[str], None]
    gone: Callable[[int], None]
    words: Callable[[Sequence[Word]], None]


@dataclass(slots=True)
class Report:
    """What a flush did; `away` says why the centre does not take what is left, "" if it takes everything."""

    confirmed: int = 0
    late: int = 0
    returned: int = 0
    refused: int = 0
    away: str = ""


class Flush:
    """One flush of a spool over one way; the clock is the wall's, patience goes by a clock that nobody sets."""

    def __init__(  # noqa: PLR0913 - what a person may choose
        self, spool: Spool, way: Way, telling: Telling, *, stopping: Event, now: Callable[[], float] = time.time,
        patience: float = PATIENCE, follow: bool = False,
    ) -> None:  # fmt: skip
        self._spool, self._way, self._telling, self._stopping, self._now = spool, way, telling, stopping, now
        self._patience, self._follow = patience, follow
        self._pauses = BackOff(0.2, min(_LONGEST_PAUSE, max(patience / 4, 0.2)))
        self._size, self._cursor, self._hopeless = way.largest, 0, 0
        self._progressed = self._listened = time.monotonic()
        self._said_last = ""
        self._report = Report()

    def run(self) -> Report:
        """Send everything; end when nothing is left, or patience. Raises SpoolUnusable and KeyDiffers."""
        self._spool.forget(self._now())
        self._send_all()
        while self._listen():
            self._cursor = 0
            self._send_all()
        return self._report

    def _send_all(self) -> None:
        while not self._stopping.is_set() and not self._report.away:
            parcels = self._spool.unsent(self._cursor, self._size)
            if parcels:
                self._send(parcels)
            elif self._follow:
                self._idle()
            else:
                break

    def _send(self, parcels: Sequence[Parcel]) -> None:
        late = {one.id for one in parcels if one.is_late(self._now())}
        sound = [one for one in parcels if one.body]
        damaged = {one.id: Said.DAMAGED for one in parcels if not one.body}
        try:
            carried = self._way.carry(sound, self._spool.count()) if sound else Carried({})
        except CentreAway as away:
            self._trouble(away.because, for_good=away.for_good)
            return
        carried = carried._replace(said={**carried.said, **damaged})
        self._keep(carried)
        confirmed = [one for one, said in carried.said.items() if said is Said.CONFIRMED]
        self._report.confirmed += len(confirmed)
        self._report.late += len(late.intersection(confirmed))
        self._telling.gone(len(confirmed))
        moved = self._move_on(parcels, carried.said)
        if moved or confirmed:
            self._progressed = time.monotonic()
            self._pauses.reset()
        if moved == len(parcels):
            self._size = min(self._size * _GROWTH, self._way.largest)
        elif carried.trouble or not confirmed:
            self._trouble(carried.trouble or "no answer", carried.pause)

    def _move_on(self, parcels: Sequence[Parcel], said: Mapping[str, Said]) -> int:
        """Put the cursor behind what is settled for this pass, and return how many these are."""
        moved = 0
        for one in parcels:
            match said.get(one.id, Said.UNKNOWN):
                case Said.NOT_NOW | Said.UNKNOWN:
                    break
                case Said.RETURNED:
                    self._report.returned += 1
                    self._tell("some events are returned: no queue at the centre wants them; they are kept")
                case Said.REFUSED:
                    self._refuse(one)
                case Said.DAMAGED:
                    self._report.refused += 1
                    self._telling.line(f"event {one.id} is damaged on this disk and cannot be sent: record it again")
                case Said.CONFIRMED:
                    self._hopeless = 0
            self._cursor = one.number
            moved += 1
        return moved

    def _refuse(self, parcel: Parcel) -> None:
        self._report.refused += 1
        self._hopeless += 1
        self._telling.line(f"event {parcel.id} is refused: this account may not say {parcel.name}, or not like this")
        if self._hopeless >= _HOPELESS:
            self._report.away = f"{_HOPELESS} events in a row were refused: ask the centre what this account may say"

    def _keep(self, carried: Carried) -> None:
        self._spool.answer(carried.said, self._now(), carried.skew)
        if carried.words:
            self._telling.words(keep(self._spool, carried.words))

    def _trouble(self, why: str, pause: float = 0.0, *, for_good: bool = False) -> None:
        """Say it once, wait, and begin again with one event: what is sent meanwhile may arrive and be sent again."""
        self._tell(f"the centre does not take events now: {why}; {self._spool.count()} are kept")
        self._size = 1
        waited = time.monotonic() - self._progressed
        if not self._follow and (for_good or waited + pause >= self._patience):
            self._report.away = why
            return
        left = _LONGEST_PAUSE if self._follow else self._patience - waited
        self._stopping.wait(pause or min(self._pauses.next(), max(left, 0.05)))

    def _idle(self) -> None:
        self._stopping.wait(_IDLE)
        if time.monotonic() - self._listened >= _LISTENED:
            self._listened = time.monotonic()
            self._cursor, self._said_last = 0, ""  # what was returned is tried again
            self._listen()
            self._spool.forget(self._now())

    def _listen(self) -> bool:
        """Hear what the centre has to say, and return whether it wants something again.

        If it is away, that has been said already or will be.
        """
        wanted = False
        if self._report.away:
            return False
        try:
            while words := self._way.words(_WORDS):
                fresh = keep(self._spool, words)
                wanted = wanted or any(map(wanted_since, fresh))
                self._telling.words(fresh)
                self._way.heard()
            self._way.heard()
        except CentreAway as away:
            self._tell(f"its answers cannot be read now: {away.because}")
        return wanted and not self._stopping.is_set()

    def _tell(self, line: str) -> None:
        if line != self._said_last:
            self._said_last = line
            self._telling.line(line)


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Be the only flush while the block lasts; a killed one holds nothing. Raises FlushRunning."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FlushRunning from None
        yield
    finally:
        os.close(descriptor)
