"""One thing that is broken in a simulated city: since when, what it did, who noticed, what was done, is it over.

All of it runs in the city's own thread, between two of its slots; what others read are single values.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import ClassVar, Final, Protocol

from sqlalchemy import Connection

from ektp.reading.moments import written
from ektp.reading.truth import Sign, last_letter, repeated
from ektp.simulation.city import City
from ektp.web.breaking import Kind, Trace

_STOCK: Final = "/stock"
#: Where what followed can be seen; what is of an application, at that.
_SEEN_AT: Final = {"deliver-blanko": _STOCK, "blanko-received": _STOCK, "blanko-moved": _STOCK,
                   "outage-declared": "/deadlines"}  # fmt: skip


class Restarting(Protocol):
    """A part of the process that is made anew when it has died."""

    restarts: int

    @property
    def ready(self) -> bool:
        """Whether it works at this moment."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What is broken: the city, and the intake beside it; and how a station gets the account that the watch needs."""

    city: City
    intake: Restarting
    enrol: Callable[[str, str, str], None]  #: Station, office, by whom.


class Breakage:
    """One thing that is broken; `since` is None until it has begun."""

    kind: ClassVar[Kind]

    def __init__(self, ground: Ground, by: str) -> None:
        self.by = by
        self.since: datetime | None = None
        self.until: datetime | None = None
        self.did: Mapping[str, int | str] = MappingProxyType({})
        self.noticed: Trace | None = None
        self.remedy: Trace | None = None
        self.over = False
        self.first = 0  #: What the city had said when it began.
        self.last: int | None = None  #: What it had said when it was over.
        self._ground, self._city = ground, ground.city
        self._letters = self._repeated = 0
        self._seen: datetime | None = None

    def begin(self, connection: Connection) -> None:
        """Note how things stand, and break it. Raises StoreAway, with nothing done."""
        self._letters, self._repeated = last_letter(connection), repeated(connection)
        self._city.said.begin()
        self.first, now = len(self._city.said), self._city.town.now
        self.did = self._break(now)
        self.since = now

    def judge(self, connection: Connection) -> None:
        """Look whether it was noticed, what was done about it, and whether it is over."""
        if self.since is None or self.over:
            return
        self.did = {**self.did, **self._tell(connection)}
        if self._seen is None and (sign := self._sign(connection, self.since)) is not None:
            self._seen, self.noticed = sign.at, self._trace(sign, self.since)
        if self._seen is not None and self.remedy is None and (sign := self._help(connection, self._seen)) is not None:
            self.remedy = self._trace(sign, self.since)
        # With nothing said since, "nothing was lost" would say nothing.
        if (said := len(self._city.said)) > self.first and self._is_over(connection, self.since):
            self.over, self.last = True, said

    def _break(self, now: datetime) -> Mapping[str, int | str]:
        raise NotImplementedError

    def _tell(self, _connection: Connection) -> Mapping[str, int | str]:
        return {}

    def _sign(self, connection: Connection, since: datetime) -> Sign | None:
        """Return what shows first that it was noticed."""
        raise NotImplementedError

    def _help(self, connection: Connection, since: datetime) -> Sign | None:
        """Return what was done first when it had been noticed."""
        raise NotImplementedError

    def _is_over(self, _connection: Connection, _since: datetime) -> bool:
        return self.until is not None and self._city.town.now >= self.until

    def _lasts(self, now: datetime, days: int) -> datetime:
        """Return, and keep, the moment so many working days from now."""
        self.until = self._city.town.days.later(now, days * self._city.town.days.minutes)
        return self.until

    def _came_again(self, connection: Connection) -> int:
        return repeated(connection) - self._repeated

    def _now(self, by: str, name: str) -> Sign:
        return Sign(by, name, "", self._city.town.now)

    def _trace(self, sign: Sign, since: datetime) -> Trace:
        days = self._city.town.days
        gone = days.between(since, sign.at) / days.minutes
        return Trace(sign.by, sign.name, written(sign.at), round(gone, 1), _link(sign))


def _link(sign: Sign) -> str:
    match sign.by:
        case "alert" | "message":
            return f"/alerts?rule={sign.name}"
        case "supervisor" | "intake":
            return "/queues"
        case "station":
            return f"/stations/{sign.about}"
        case _:
            return _SEEN_AT.get(sign.name, f"/applications/{sign.about}")
