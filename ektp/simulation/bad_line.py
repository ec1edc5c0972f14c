"""The lines between the outsiders and the broker: what is said may leave in the evening, days later, or twice."""

from collections import Counter
from datetime import datetime
from functools import partial
from typing import Final

from ektp.simulation.agenda import Saying
from ektp.simulation.town import Town, number_of

_FIRST_MINUTES: Final = 50  # after a line is back, in which a backlog leaves
_LAST_MINUTES: Final = 50  # before the closing, in which the delayed leave


class BadLine:
    """Every event passes here on its way out."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._offline = [
            (f"st{number_of(one.kecamatan)}", town.on_day(one.day), town.on_day(one.day + one.days))
            for one in town.scenario.offline
        ]
        self._cut: dict[str, datetime] = {}  # by station: until when
        self.kept: Counter[str] = Counter()  #: By station that was cut: how many events wait on its device.

    def cut(self, station: str, until: datetime) -> None:
        """Let nothing of a station through until then, whatever was on its way; all of it leaves afterwards."""
        self._cut[station] = until

    def carry(self, saying: Saying, moment: datetime) -> Saying | None:
        """Return what leaves at this moment; what does not is planned."""
        station = saying.event["source"].rpartition("/")[2]
        if moment < self._cut.get(station, moment):
            self._keep(saying, station)
            return None
        if saying.carried:
            return saying
        chance, line = self._town.chance, self._town.scenario.line
        identity = saying.event["id"]
        if (back := self._back(station, moment)) is not None:
            minutes = chance.between(1, _FIRST_MINUTES, identity, "backlog")
            self._leave(saying, self._town.days.later(back, minutes), late=True)
            return None
        if chance.happens(line.delayed, identity, "delayed"):
            self._leave(saying, self._evening(moment, identity), late=True)
            return None
        self._double(saying, moment)
        return saying

    def _keep(self, saying: Saying, station: str) -> None:
        minutes = self._town.chance.between(1, _FIRST_MINUTES, saying.event["id"], "kept")
        back = self._town.days.later(self._cut[station], minutes)
        self.kept[station] += 1
        self._town.plan(back, saying.event["subject"], partial(self._let_go, saying, station))

    def _let_go(self, saying: Saying, station: str, _moment: datetime) -> Saying:
        self.kept[station] -= 1
        return Saying(saying.event, late=True, carried=True)

    def _back(self, station: str, moment: datetime) -> datetime | None:
        """Return when the station's line will be back, if it is away now."""
        return next((back for name, gone, back in self._offline if name == station and gone <= moment < back), None)

    def _evening(self, moment: datetime, identity: str) -> datetime:
        """Return a moment before the next closing that is an hour away at least: by then even a bad line is free."""
        days = self._town.days
        minute = self._town.chance.between(days.minutes - _LAST_MINUTES, days.minutes - 1, identity, "evening")
        return days.at(days.later(moment, 60 + _LAST_MINUTES).date(), minute)

    def _double(self, saying: Saying, moment: datetime) -> None:
        """Send some again: the station did not get its confirm."""
        identity = saying.event["id"]
        if self._town.chance.happens(self._town.scenario.line.doubled, identity, "doubled"):
            minutes = self._town.chance.between(60, 240, identity, "again")
            self._leave(saying, self._town.days.later(moment, minutes), late=False)

    def _leave(self, saying: Saying, moment: datetime, *, late: bool) -> None:
        self._town.plan(moment, saying.event["subject"], lambda _now: Saying(saying.event, late, carried=True))
