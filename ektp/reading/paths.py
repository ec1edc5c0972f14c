"""What became of each application on the whole way, told by its history: when it was noticed, what was tried."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Row, text

from consumers.books import Application
from consumers.follow_up import FollowUp
from ektp.reading.clocks import Clocks
from schemas.upcasting import types_of
from workflows.application import Fate, overtaken, receive
from workflows.card_issuance import State, whose_move
from workflows.clock import Keeper
from workflows.facts import OF_THE_CLOCK, PROPOSED, Fact, Kind
from workflows.owners import owner
from workflows.resi import resi_of
from workflows.standing import Standing
from workflows.stored import stored
from workflows.timekeeping import Timekeeping

_HISTORY: Final = text("""
select h.application, h.id, h.version, h.type, h.station, h.data, h.outcome, h.received, a.recorded
from history h join applications a on a.id = h.application
where h.application = any(:applications) order by h.application, h.version
""")
_EARLY: Final = text("""
select application, count(*) from held
where waits_for = 'waits-for-deletion' and type = any(:types) group by application
""")
_SIGNS: Final = OF_THE_CLOCK | {Kind.SEARCH_FAILED, Kind.ENROL_FAILED, Kind.ADJUDICATION_NEEDED, Kind.DUPLICATE_FOUND}


class Slip(NamedTuple):
    """A deadline at which nothing was done: what came next came later."""

    due: datetime
    came: datetime


class Path(NamedTuple):
    """One application to its present end; moments in UTC.

    `noticed` is when the first deadline or failure was written down, `tried` counts the requests that left by name,
    `too_early` recordings before the deletion of the one before, `after_duplicate` those of somebody found twice.
    """

    application: UUID
    state: State
    whose_move: str
    owner: str | None
    due: datetime | None
    noticed: datetime | None
    slips: tuple[Slip, ...]
    tried: Mapping[str, int]
    too_early: int
    after_duplicate: int


def paths(connection: Connection, keeping: Timekeeping, applications: Collection[UUID]) -> Iterator[Path]:
    """Yield the path of each of these applications that the store knows, as of the snapshot of *connection*."""
    clocks = Clocks(connection, keeping)
    early = {
        application: int(count) for application, count in connection.execute(_EARLY, {"types": types_of("recorded")})
    }
    rows = connection.execute(_HISTORY, {"applications": list(applications)})
    for application, events in groupby(rows, lambda row: row.application):
        walk = _Walk(application, clocks.keeper, early.get(application, 0))
        for row in events:
            walk.step(row)
        yield walk.path(keeping, clocks.now)


class _Walk:
    """Goes through one history by the rules, and looks at each deadline on the way."""

    def __init__(self, application: UUID, keeper: Keeper, too_early: int) -> None:
        self._id, self._keeper = application, keeper
        self._at: Application | None = None
        self._noticed: datetime | None = None
        self._slips: list[Slip] = []
        self._tried: Counter[str] = Counter()
        self._too_early, self._after_duplicate = too_early, 0

    def step(self, row: Row[Any]) -> None:
        """Take one row in."""
        fact = stored(row.id, row.type, row.data, row.station).fact
        before = self._at or self._opened(row)
        self._look(before, row.received)
        lost = row.outcome == Fate.SUPERSEDED and fact.kind in PROPOSED
        receipt = overtaken(before.standing) if lost else receive(before.standing, fact)
        if receipt.fate is Fate.APPLIED:
            self._count(before.standing, fact, row.received)
        self._tried.update(request.ask.value for request in receipt.requests)
        self._at, _ = FollowUp(self._keeper, row.received).after(before, receipt, fact)

    def path(self, keeping: Timekeeping, now: datetime) -> Path:
        """Return what came of it."""
        at = self._at
        assert at is not None, "an application has a history"
        self._look(at, now)
        due = FollowUp(self._keeper, now).due(at)
        office, escalated = at.standing.office, at.timers.escalated
        reviewed = at.state is State.UNDER_REVIEW
        return Path(
            application=self._id,
            state=at.state,
            whose_move=whose_move(at.standing, at.state).value,
            owner=owner(office, escalated, keeping.policy(office)) if reviewed else None,
            due=due.at if due else None,
            noticed=self._noticed,
            slips=tuple(self._slips),
            tried=self._tried,
            too_early=self._too_early,
            after_duplicate=self._after_duplicate,
        )

    def _opened(self, row: Row[Any]) -> Application:
        timers = self._keeper.started(row.recorded)
        return Application(self._id, 0, State.NEW, Standing(), b"", 0, 0, resi_of(self._id), row.recorded, timers)

    def _look(self, at: Application, now: datetime) -> None:
        """Note a deadline that nothing was done at; one that an outage or a holiday moved on was none."""
        if at.due_at is None or now <= at.due_at:
            return
        due = FollowUp(self._keeper, now).due(at)
        if due is not None and due.at < now:
            self._slips.append(Slip(due.at, now))

    def _count(self, before: Standing, fact: Fact, received: datetime) -> None:
        if fact.kind in _SIGNS:
            self._noticed = self._noticed or received
        if fact.kind is Kind.RECORDED and fact.attempt > 1:
            self._too_early += not before.deleted
            self._after_duplicate += before.duplicate
