"""The warehouse: fetches blanko, and each morning gives them to those who have waited longest.

Where the pipeline allocates it only fetches.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from ektp.simulation.agenda import Saying
from ektp.simulation.heard import Ear, Heard
from ektp.simulation.scenarios import Delivery
from ektp.simulation.town import Town, number_of

_MORNING: Final = 10  # minutes after the opening
_EACH: Final = 45  # minutes in which the morning's blanko are given out


class Warehouse:
    """Acts on what it has heard alone: who was verified, who needs nothing any more, what came back."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._station = f"warehouse_{number_of(town.scenario.regency)}"
        self._stock: deque[str] = deque()
        self._waiting: dict[str, None] = {}
        self._turns: dict[str, int] = {}
        self._next_morning: datetime | None = None
        self._shut: datetime | None = None  # until then no delivery is taken in
        first = 1
        for delivery in town.scenario.deliveries:
            moment = town.on_day(delivery.day, 2)
            town.plan(moment, town.scenario.regency, partial(self._fetch, delivery, first))
            first += delivery.count

    @property
    def ears(self) -> Mapping[str, Ear]:
        """What it does on hearing."""
        if self._town.scenario.builtin:
            return {}
        over = ("application-cancelled", "application-collected", "review-opened", "re-recording-required")
        return {"application-verified": self._queue, **dict.fromkeys(over, self._strike)}

    @property
    def waiting(self) -> frozenset[str]:
        """The applications that wait for a blanko, as far as it knows."""
        return frozenset(self._waiting)

    def run_dry(self, until: datetime) -> int:
        """Give everything back to the centre until then, and take in no delivery before; return how many blanko.

        Where the pipeline allocates nobody here knows which are left: there only the deliveries are missing.
        """
        town, self._shut = self._town, until
        away = [] if town.scenario.builtin else list(self._stock)
        if away:
            self._stock.clear()
        for run in runs_of(away):
            town.plan(town.in_minutes(1), town.scenario.regency, partial(self._move, "returned", run))
            town.plan(until, town.scenario.regency, partial(self._come_back, run))
        return len(away)

    def take_back(self, blanko: str) -> None:
        """Put an unprinted blanko back into stock."""
        self._stock.append(blanko)
        self._plan_morning()

    def _come_back(self, run: Sequence[str], moment: datetime) -> Saying:
        self._stock.extend(run)
        self._plan_morning()
        return self._move("came-back", run, moment)

    def _move(self, movement: str, run: Sequence[str], moment: datetime) -> Saying:
        regency = self._town.scenario.regency
        return self._town.say(
            "blanko-moved",
            regency,
            self._station,
            moment,
            office=regency,
            first=run[0],
            last=run[-1],
            movement=movement,
            document=f"BA-{moment:%Y}-{run[0][-11:]}",
            because="the centre has called these blanko back to be checked",
        )

    def _fetch(self, delivery: Delivery, first: int, moment: datetime) -> Saying | None:
        if self._shut is not None and moment < self._shut:
            self._town.plan(self._shut, self._town.scenario.regency, partial(self._fetch, delivery, first))
            return None
        serials = [f"CONTOH-{self._town.run:03}-{number:07}" for number in range(first, first + delivery.count)]
        self._stock.extend(serials)
        self._plan_morning()
        regency = self._town.scenario.regency
        return self._town.say(
            "blanko-received",
            regency,
            self._station,
            moment,
            office=regency,
            first=serials[0],
            last=serials[-1],
            delivery_note=f"BA-{moment:%Y}-{self._town.run:03}-{delivery.day:03}",
        )

    def _queue(self, told: Heard) -> None:
        if self._town.people.known(told.subject):
            self._waiting.setdefault(told.subject)
            self._plan_morning()

    def _strike(self, told: Heard) -> None:
        self._waiting.pop(told.subject, None)

    def _plan_morning(self) -> None:
        """Be at work on the next morning, if there is something to give and somebody to give it to."""
        if not self._stock or not self._waiting or self._next_morning is not None:
            return
        days, now = self._town.days, self._town.now
        morning = days.at(days.first(now.date()), _MORNING)
        self._next_morning = morning if now <= morning else days.at(days.after(now.date(), 1), _MORNING)
        self._town.plan(self._next_morning, "", self._give_out)

    def _give_out(self, moment: datetime) -> None:
        self._next_morning = None
        printers = self._town.scenario.printers
        count = min(len(self._stock), len(self._waiting), round(printers.count * printers.cards_a_day))
        for place, application in enumerate(list(self._waiting)[:count]):
            at = self._town.days.later(moment, place * _EACH // count)
            self._town.plan(at, application, partial(self._allocate, application))
        if count < len(self._waiting):
            self._town.plan(self._town.days.later(moment, _EACH + 1), "", lambda _now: self._plan_morning())

    def _allocate(self, application: str, moment: datetime) -> Saying | None:
        if application not in self._waiting or not self._stock:
            return None
        del self._waiting[application]
        turn = self._turns[application] = self._turns.get(application, 0) + 1
        return self._town.say(
            "blanko-allocated",
            application,
            self._station,
            moment,
            blanko=self._stock.popleft(),
            office=self._town.scenario.regency,
            turn=turn,
        )


def runs_of(serials: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the serials in runs without a gap, each from its first to its last."""
    run: list[str] = []
    for serial in sorted(serials):
        if run and _number(serial) != _number(run[-1]) + 1:
            yield run
            run = []
        run.append(serial)
    if run:
        yield run


def _number(serial: str) -> int:
    return int(serial.rpartition("-")[2])
