"""What is overdue, in groups by why, where, whose move it is and who answers; what comes due next; who cannot work.

Groups and lists are read along indexes of what is overdue or due, so that they cost what they show.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, text

from ektp.reading.clocks import Clocks, told_due
from ektp.reading.moments import written
from ektp.reading.overdue import OVERDUE, working_age
from ektp.reading.scope import EVERYWHERE, Offices
from schemas.roles import covers
from workflows.clock import Timekeeping
from workflows.deadlines import MOVES, Situation
from workflows.owners import owner
from workflows.permissions import within

MOST_GROUPS: Final = 100
MOST: Final = 50
# Who answers for a review depends on how often it was escalated, which is in no index; reviews are few.
_GROUPS: Final = text(f"""
select office, situation, 0 as escalated, count(*) as number, min(recorded) as oldest
from applications where {OVERDUE} and situation <> 'under-review' group by office, situation
union all
select office, situation, coalesce((timers->>'escalated')::int, 0), count(*), min(recorded)
from applications where {OVERDUE} and situation = 'under-review' group by 1, 2, 3
""")  # noqa: S608 - a constant of ours
_NEXT: Final = text(f"""
select g.office as of_office, g.situation as of_situation, a.*
from unnest(cast(:offices as text[]), cast(:situations as text[])) as g (office, situation)
cross join lateral (
    select id, standing, state, recorded, timers, due_at from applications
    where {OVERDUE} and office = g.office and situation = g.situation order by due_at limit 1
) as a
""")  # noqa: S608 - a constant of ours
_COMING: Final = text("""
select id, office, situation, state, standing, recorded, timers, due_at from applications
where due_at > ektp_now() and (due_at, id) > (coalesce(:due, ektp_now()), :id) and due_at < ektp_now() + interval '1 day'
    and (cast(:offices as text[]) is null or office = any(:offices))
    and (cast(:cause as text) is null or situation = :cause)
order by due_at, id limit :most
""")
_NOW: Final = text("select ektp_now()")
_OFFICES: Final = text("select distinct office from tallies where kind = 'state'")


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to see: a cause, an office with its kecamatan, and the regions of whoever asks."""

    cause: str | None = None
    office: str | None = None
    offices: Offices = EVERYWHERE

    def takes(self, cause: str, office: str) -> bool:
        """Tell whether this is asked for."""
        return self.takes_office(office) and self.cause in {None, cause}

    def takes_office(self, office: str) -> bool:
        """Tell whether what lies there is asked for."""
        return covers(self.office or "", office) and within(self.offices, office)


def overdue_groups(connection: Connection, keeping: Timekeeping, asked: Asked) -> list[dict[str, Any]]:
    """Return how many applications are overdue by cause, office, whose move it is and who answers; the largest first.

    `oldest` is when the first of them was recorded, `age` the working days since.
    """
    now: datetime = connection.scalars(_NOW).one()
    rows = [row for row in connection.execute(_GROUPS) if asked.takes(row.situation, row.office)]
    rows.sort(key=lambda row: (-row.number, row.situation, row.office, row.escalated))
    return [
        {
            "cause": row.situation,
            "office": row.office,
            "whose_move": MOVES[row.situation].value,
            "owner": _owner(keeping, row.office, row.escalated) if row.situation == Situation.UNDER_REVIEW else None,
            "count": row.number,
            "oldest": written(row.oldest),
            "age": working_age(keeping, row.office, row.oldest, now),
        }
        for row in rows
    ]


def next_of(
    connection: Connection, keeping: Timekeeping, groups: Sequence[Mapping[str, Any]]
) -> dict[tuple[str, str], dict[str, Any] | None]:
    """Return by cause and office what happens next to anything overdue there: deadline, at, then; None: nothing."""
    asked = {"offices": [one["office"] for one in groups], "situations": [one["cause"] for one in groups]}
    clocks = Clocks(connection, keeping)
    return {(row.of_situation, row.of_office): told_due(clocks.due(row)) for row in connection.execute(_NEXT, asked)}


def coming(
    connection: Connection, keeping: Timekeeping, asked: Asked, after: tuple[datetime, UUID] | None = None
) -> tuple[list[dict[str, Any]], tuple[datetime, UUID] | None]:
    """Return a page of what comes due within a day, the first first, and where the next begins (None: there is none).

    What a row wanted to be looked at for may be another deadline than the one that comes: `due` is when it is looked at.
    """
    inside = None
    if asked.office or asked.offices:
        inside = [one for one in connection.scalars(_OFFICES) if asked.takes_office(one)]
    due, id_ = after or (None, UUID(int=0))
    values = {"due": due, "id": id_, "offices": inside, "cause": asked.cause, "most": MOST + 1}
    rows = connection.execute(_COMING, values).all()
    clocks = Clocks(connection, keeping)
    page = [
        {
            "application": str(row.id),
            "cause": row.situation,
            "office": row.office,
            "whose_move": MOVES[row.situation].value,
            "due": written(row.due_at),
            "next": told_due(clocks.due(row)),
        }
        for row in rows[:MOST]
    ]
    last = rows[MOST - 1] if len(rows) > MOST else None
    return page, (last.due_at, last.id) if last else None


def _owner(keeping: Timekeeping, office: str, escalated: int) -> str:
    return owner(office, escalated, keeping.policy(office))
