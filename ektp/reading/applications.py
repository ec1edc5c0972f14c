"""The list of applications, page by page, without their persons."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, text

from ektp.reading.clocks import Clocks
from ektp.reading.errors import Unknown
from ektp.reading.moments import written
from ektp.reading.overdue import OVERDUE
from ektp.reading.scope import EVERYWHERE, Offices
from ektp.storage.journal.timers import read_timers
from schemas.roles import covers
from workflows.card_issuance import Party, State
from workflows.deadlines import CAUSES, MOVES, Situation
from workflows.permissions import within
from workflows.print_queue import Lane
from workflows.timekeeping import Timekeeping
from workflows.timers import is_overdue

MOST: Final = 200
_RECORDED: Final = text("select recorded from applications where id = :id")
# The tallies know every office that ever had an application, without a look at the applications.
_KNOWN: Final = text("select distinct office from tallies where kind = 'state'")
# Of each group an index tells the first ones, so that what is not asked for is never read.
_COLUMNS: Final = """
a.id, a.state, a.situation, a.lane, a.queued, a.office, a.attempt, a.resi, a.recorded, a.since, a.standing, a.timers
"""
_PAGE: Final = """
select {columns} from (
    select one.id from {groups} cross join lateral (
        select id, recorded from applications
        where {of_group} situation = g.cause and lane = g.lane {more}
        order by recorded {way}, id {way} limit :most
    ) as one order by one.recorded {way}, one.id {way} limit :most
) as found join applications a on a.id = found.id order by a.recorded {way}, a.id {way}
"""
_OF_NIK: Final = f"""
select {_COLUMNS} from applications a
where a.id in (select application from persons where nik_key = :key) order by a.recorded, a.id
"""  # noqa: S608 - columns of ours
_CAUSES: Final = "unnest(cast(:causes as text[]), cast(:lanes as text[])) as g (cause, lane)"
_OF_OFFICES: Final = f"unnest(cast(:offices as text[])) as o (office) cross join {_CAUSES}"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a list of applications is narrowed to; None is no matter what.

    `office` stands for its kecamatan too; `lane` is that of a queue for print, so only of those who wait in one; `age`
    asks for those that were recorded more than so many days (of the calendar) ago.
    """

    state: State | None = None
    office: str | None = None
    cause: str | None = None
    lane: Lane | None = None
    move: Party | None = None
    age: int | None = None
    overdue: bool = False
    newest: bool = False  #: The newest first; else those that were recorded first.

    def causes(self) -> list[str]:
        """Return the causes that can be meant."""
        found = CAUSES[self.state] if self.state else dict.fromkeys(one for many in CAUSES.values() for one in many)
        return [
            str(cause)
            for cause in found
            if (self.cause is None or cause == self.cause)
            and (self.move is None or MOVES[cause] is self.move)
            and (self.lane is None or cause == Situation.WITHOUT_BLANKO)
        ]


def applications(  # noqa: PLR0913 - each narrows the page
    connection: Connection,
    keeping: Timekeeping,
    chosen: Chosen,
    *,
    offices: Offices = EVERYWHERE,
    after: UUID | None = None,
    limit: int = MOST,
) -> tuple[list[dict[str, Any]], UUID | None]:
    """Return one page in the order of the first recording, and where the next begins (None: there is none).

    That order never changes, so whatever stays in the list is on one page once, however much changes meanwhile.
    `offices` are the regions of whoever asks. Raises Unknown where there is no application to begin after.
    """
    values: dict[str, Any] = {"most": limit + 1, "age": chosen.age, "state": chosen.state, "id": after}
    if after is not None and (first := connection.scalar(_RECORDED, {"id": after})) is None:
        raise Unknown("application", str(after))
    if after is not None:
        values["recorded"] = first
    groups = [(cause, lane) for cause in chosen.causes() for lane in _lanes(chosen, cause)]
    values["causes"], values["lanes"] = ([group[at] for group in groups] for at in (0, 1))
    if inside := bool(chosen.office or offices):
        known = connection.scalars(_KNOWN)
        values["offices"] = [one for one in known if within(offices, one) and covers(chosen.office or "", one)]
    rows = connection.execute(text(_question(chosen, inside=inside, begun=after is not None)), values).all()
    clocks = Clocks(connection, keeping)
    page = [_told(row, clocks) for row in rows[:limit]]
    return page, rows[limit - 1].id if len(rows) > limit else None


def of_nik(
    connection: Connection, keeping: Timekeeping, nik_key: bytes, offices: Offices = EVERYWHERE
) -> list[dict[str, Any]]:
    """Return the applications of the NIK with this key, the first recorded first."""
    rows = connection.execute(text(_OF_NIK), {"key": nik_key}).all()
    clocks = Clocks(connection, keeping)
    return [_told(row, clocks) for row in rows if within(offices, row.office)]


def _lanes(chosen: Chosen, cause: str) -> list[str]:
    """Return the lanes in which applications of a cause can be: who waits in no queue is in none but the usual one."""
    if chosen.lane is not None:
        return [chosen.lane]
    return list(Lane) if cause == Situation.WITHOUT_BLANKO else [Lane.NEW]


def _question(chosen: Chosen, *, inside: bool, begun: bool) -> str:
    more = []
    if begun:
        more.append(f"(recorded, id) {'<' if chosen.newest else '>'} (:recorded, :id)")
    if chosen.age is not None:
        more.append("recorded < ektp_now() - :age * interval '1 day'")
    if chosen.state is not None:
        more.append("state = :state")  # what is recovered by hand can be in several
    if chosen.overdue:
        more.append(OVERDUE)
    return _PAGE.format(
        columns=_COLUMNS,
        groups=_OF_OFFICES if inside else _CAUSES,
        of_group="office = o.office and" if inside else "",
        more="".join(f" and {one}" for one in more),
        way="desc" if chosen.newest else "",
    )


def _told(row: Row[Any], clocks: Clocks) -> dict[str, Any]:
    return {
        "application": str(row.id),
        "state": row.state,
        "cause": row.situation,
        "whose_move": MOVES[row.situation].value,
        "overdue": is_overdue(read_timers(row.timers), State(row.state)),
        "office": row.office,
        "lane": row.lane if row.queued else None,
        "attempt": row.attempt,
        "resi": row.resi,
        "recorded": written(row.recorded),
        "since": written(row.since),
        "due": clocks.promised(row),
    }
