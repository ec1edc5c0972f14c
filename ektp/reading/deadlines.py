"""What is overdue, in groups by why, where, whose move it is and who answers; what comes due next; who cannot work.

Groups and lists are read along indexes of what is overdue or due, so that they cost what they show.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, text

from consumers.census import STUCK
from ektp.reading.clocks import Clocks, told_due
from ektp.reading.moments import written
from ektp.reading.overdue import OVERDUE, working_age
from ektp.reading.scope import EVERYWHERE, Offices
from schemas.roles import covers
from workflows.deadlines import MOVES, Situation
from workflows.owners import owner
from workflows.permissions import within
from workflows.print_queue import Lane
from workflows.timekeeping import Timekeeping

MOST_GROUPS: Final = 100
MOST: Final = 50
_COUNTS: Final = text("""
select office, key as cause, sum(delta)::bigint as number from tallies where kind = :kind group by office, key
having sum(delta) > 0
""")
# Who answers for a review depends on how often it was escalated, which nobody counts; reviews are few.
_REVIEWS: Final = text(f"""
select office, coalesce((timers->>'escalated')::int, 0) as escalated, count(*) as number
from applications where {OVERDUE} and situation = 'under-review' group by 1, 2
""")  # noqa: S608 - a constant of ours
# One look into an index for each lane of each group, and one for what comes next there.
_DETAILS: Final = text(f"""
select g.office as of_office, g.cause as of_cause, a.*, (
    select min(first.recorded) from unnest(cast(:lanes as text[])) as l (lane) cross join lateral (
        select recorded from applications
        where {OVERDUE} and office = g.office and situation = g.cause and lane = l.lane order by recorded limit 1
    ) as first) as oldest
from unnest(cast(:offices as text[]), cast(:causes as text[])) as g (office, cause)
cross join lateral (
    select standing, state, recorded, timers from applications
    where {OVERDUE} and office = g.office and situation = g.cause order by due_at limit 1
) as a
""")  # noqa: S608 - a constant of ours
_COMING: Final = text("""
select id, office, situation, state, standing, recorded, timers, due_at from applications
where due_at > ektp_now() and due_at < ektp_now() + interval '1 day'
    and (due_at, id) > (coalesce(:due, ektp_now()), :id)
    and (cast(:offices as text[]) is null or office = any(:offices))
    and (cast(:cause as text) is null or situation = :cause)
order by due_at, id limit :most
""")
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
    """Return how many applications are overdue by cause, office and whose move it is; the largest first.

    `owner` says who answers for reviews, and for how many each where these are several; None for anything else.
    """
    owners = _owners(connection, keeping)
    found = [
        {
            "cause": row.cause,
            "office": row.office,
            "whose_move": MOVES[row.cause].value,
            "owner": owners.get(row.office) if row.cause == Situation.UNDER_REVIEW else None,
            "count": row.number,
        }
        for row in connection.execute(_COUNTS, {"kind": STUCK})
        if asked.takes(row.cause, row.office)
    ]
    return sorted(found, key=lambda one: (-one["count"], one["cause"], one["office"]))


def _owners(connection: Connection, keeping: Timekeeping) -> dict[str, str]:
    """Return by office who answers for its reviews."""
    found: dict[str, Counter[str]] = {}
    for row in connection.execute(_REVIEWS):
        answers = owner(row.office, row.escalated, keeping.policy(row.office))
        found.setdefault(row.office, Counter())[answers] += row.number
    return {
        office: next(iter(each)) if len(each) == 1 else ", ".join(f"{name} ({n})" for name, n in sorted(each.items()))
        for office, each in found.items()
    }


def detailed(connection: Connection, keeping: Timekeeping, groups: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return groups with when the `oldest` was recorded, the working days since as `age`, and what comes `next`."""
    asked = {name: [one[of] for one in groups] for name, of in (("offices", "office"), ("causes", "cause"))}
    clocks = Clocks(connection, keeping)
    rows = {(row.of_cause, row.of_office): row for row in connection.execute(_DETAILS, {**asked, "lanes": list(Lane)})}
    told = []
    for one in groups:
        row = rows.get((one["cause"], one["office"]))
        age = working_age(keeping, one["office"], row.oldest, clocks.now) if row else None
        due = told_due(clocks.due(row)) if row else None
        told.append({**one, "oldest": written(row.oldest) if row else None, "age": age, "next": due})
    return told


def coming(
    connection: Connection, keeping: Timekeeping, asked: Asked, after: tuple[datetime, UUID] | None = None
) -> tuple[list[dict[str, Any]], tuple[datetime, UUID] | None]:
    """Return a page of what comes due within a day, the first first, and where the next begins (None: there is none).

    `due` is when the application is looked at; `next` is what then comes, by the calendar of now.
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
