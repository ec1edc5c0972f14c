"""Half a year of outreach in Kudus, lived day by day: who comes to wait, who is visited, who was not at home."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Final
from uuid import UUID

from ektp.config.calendars import Calendars
from ektp.config.config import Config
from schemas.places import districts_of
from workflows.outreach import EXEMPT, Outreach, Purpose, Seat, Slot, Visit, Why
from workflows.outreach_days import bookable, bound_of
from workflows.outreach_plan import plan

REGENCY: Final = "33.19"
START: Final = date(2018, 1, 8)
POLICY: Final = Outreach(kits=2)
COMING: Final = 90  # working days on which people come to wait
#: Made up by rule: so many kelurahan in each kecamatan, called Desa 1, Desa 2, ...
KELURAHAN: Final = 14
RE_RECORD, COLLECT = 0.35, 0.9  # people a working day in each kecamatan
REQUESTS: Final = 0.09  # requests a working day in each kecamatan
CATEGORIES: Final = (*("group",) * 4, *sorted(EXEMPT))
ABSENT: Final = 0.1


@dataclass(slots=True)
class Tale:
    """What became of one kecamatan."""

    waited: dict[Purpose, int] = field(default_factory=lambda: defaultdict(int))
    exempt: int = 0
    again: int = 0
    visits: dict[Why, int] = field(default_factory=lambda: defaultdict(int))
    joined: int = 0  #: kelurahan that were joined to another's visit
    met: int = 0
    longest: int = 0  #: working days
    late: int = 0
    forgotten: int = 0


class Kudus:
    """The regency, its kits, and everybody who waits; every draw is of one seed."""

    def __init__(self, seed: int) -> None:
        self.tales = {place.code: Tale() for place in districts_of(REGENCY)}
        self._random = Random(seed)
        self._calendar = Calendars(Config()).of(REGENCY)
        self._waiting: list[Seat] = []
        self._since: dict[UUID, date] = {}
        self._visits: dict[Slot, Visit] = {}
        self._numbers = iter(range(1, 1_000_000))

    def live(self) -> None:
        """Let everybody come, and the days go on until nobody waits (a year at the most)."""
        today = self._calendar.due(START, 0, START)
        last = self._calendar.due(START, COMING, START)
        while today <= last or (self._waiting or self._visits):
            if today <= last:
                self._waiting.extend(self._come(today))
            self._hold(today)
            self._plan(today)
            today = self._calendar.due(today, 1, today)
            if today > START + timedelta(days=365):
                break
        for seat in [*self._waiting, *(seat for visit in self._visits.values() for seat in visit.seats)]:
            self.tales[seat.kecamatan].forgotten += 1

    def _come(self, today: date) -> Iterator[Seat]:
        for kecamatan, tale in self.tales.items():
            for purpose, rate in ((Purpose.RE_RECORD, RE_RECORD), (Purpose.COLLECT, COLLECT)):
                for _ in range(self._count(rate)):
                    yield self._seat(kecamatan, purpose, today)
                    tale.waited[purpose] += 1
            if self._random.random() < REQUESTS:
                category = self._random.choice(CATEGORIES)
                tale.exempt += category in EXEMPT
                first = self._seat(kecamatan, Purpose.REQUESTED, today)._replace(exempt=category in EXEMPT)
                for number in range(1 if category in EXEMPT else self._random.randint(8, 70)):
                    yield first._replace(number=number)
                    tale.waited[Purpose.REQUESTED] += 1

    def _count(self, rate: float) -> int:
        return int(rate) + (self._random.random() < rate % 1)

    def _seat(self, kecamatan: str, purpose: Purpose, since: date) -> Seat:
        who = UUID(int=next(self._numbers))
        self._since[who] = since
        # Few large ones and many small ones.
        kelurahan = f"Desa {1 + int(KELURAHAN * self._random.random() ** 2)}"
        return Seat(kecamatan, kelurahan, bound_of(self._calendar, since, POLICY), who, purpose)

    def _plan(self, today: date) -> None:
        days = bookable(self._calendar, today, self._waiting, self._visits, POLICY)
        for visit in plan(self._waiting, days, self._visits, POLICY).visits:
            assert visit.slot not in self._visits
            self._visits[visit.slot] = visit
            self._waiting = [seat for seat in self._waiting if seat not in visit.seats]
            tale = self.tales[visit.kecamatan]
            tale.visits[visit.why] += 1
            tale.joined += len(visit.stops) - 1

    def _hold(self, today: date) -> None:
        for slot in [slot for slot in self._visits if slot.day <= today]:
            visit = self._visits.pop(slot)
            tale = self.tales[visit.kecamatan]
            tale.late += visit.late
            for seat in visit.seats:
                waited = self._working_days(self._since[seat.who], slot.day)
                tale.longest = max(tale.longest, waited)
                if seat.purpose is not Purpose.REQUESTED and self._random.random() < ABSENT:
                    self._since[seat.who] = slot.day
                    self._waiting.append(seat._replace(bound=bound_of(self._calendar, slot.day, POLICY)))
                    tale.again += 1
                else:
                    tale.met += 1

    def _working_days(self, since: date, until: date) -> int:
        count = 0
        while (since := self._calendar.due(since, 1, since)) <= until:
            count += 1
        return count


def table(kudus: Kudus) -> str:
    """Return what became of every kecamatan, as the page shows it."""
    names = {place.code: place.name for place in districts_of(REGENCY)}
    head = (
        "| kecamatan | to be recorded again | not collected | by request | of those: one is enough | visits | full"
        " | one is enough | bound near | kelurahan joined | people a visit | absent, visited again"
        " | longest wait, working days (bound) | past the bound | forgotten |"
    )
    rows = [head, "|---|" + "---:|" * 14]
    total = Tale()
    for code, tale in kudus.tales.items():
        rows.append(_row(f"{code} {names[code]}", tale))
        for purpose, people in tale.waited.items():
            total.waited[purpose] += people
        for why, visits in tale.visits.items():
            total.visits[why] += visits
        for name in ("exempt", "again", "joined", "met", "late", "forgotten"):
            setattr(total, name, getattr(total, name) + getattr(tale, name))
        total.longest = max(total.longest, tale.longest)
    return "\n".join([*rows, _row("**Kudus**", total)]) + "\n"


def _row(name: str, tale: Tale) -> str:
    visits = sum(tale.visits.values())
    people = (tale.met + tale.again) / visits if visits else 0
    cells = [
        *(tale.waited[purpose] for purpose in (Purpose.RE_RECORD, Purpose.COLLECT, Purpose.REQUESTED)),
        tale.exempt,
        visits,
        *(tale.visits[why] for why in (Why.FULL, Why.EXEMPT, Why.BOUND)),
        tale.joined,
        f"{people:.1f}",
        tale.again,
        f"{tale.longest} ({POLICY.bound})",
        tale.late,
        tale.forgotten,
    ]
    return f"| {name} | " + " | ".join(str(cell) for cell in cells) + " |"
