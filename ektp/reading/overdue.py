"""How many applications are overdue and for how long, and what the clock has done: for measures, read often."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, select, text

from ektp.storage.tables import APPLICATIONS, TALLIES
from workflows.timekeeping import Timekeeping
from workflows.working_time import working_days

#: The predicate of the index `applications_overdue`, word for word, or it is not used.
OVERDUE: Final = (
    "state not in ('collected', 'cancelled')"
    " and (timers->>'passed' is not null or (timers->>'missed' is not null and state <> 'printed'))"
)
_PLACE: Final = (APPLICATIONS.c.office, APPLICATIONS.c.state)
_OVERDUE: Final = (
    select(*_PLACE, func.count(), func.min(APPLICATIONS.c.recorded), func.ektp_now())
    .where(text(OVERDUE))
    .group_by(*_PLACE)
    .order_by(*_PLACE)
)


def oldest_overdue_by_state(connection: Connection, keeping: Timekeeping) -> dict[str, tuple[int, float]]:
    """Return by state how many are overdue, and the working days since the oldest of them was recorded."""
    found: dict[str, tuple[int, float]] = {}
    for office, state, count, recorded, now in connection.execute(_OVERDUE):
        number, oldest = found.get(state, (0, 0.0))
        found[state] = (number + count, max(oldest, working_age(keeping, office, recorded, now)))
    return found


def tallied(connection: Connection, kind: str) -> list[tuple[str, str, int]]:
    """Return office, key and total of a kind of counts."""
    columns = (TALLIES.c.office, TALLIES.c.key)
    question = select(*columns, func.sum(TALLIES.c.delta)).where(TALLIES.c.kind == kind).group_by(*columns)
    return [(office, key, int(total)) for office, key, total in connection.execute(question.order_by(*columns))]


def working_age(keeping: Timekeeping, office: str, since: datetime, now: datetime) -> float:
    """Return how long ago that was, in working days of the office."""
    calendar = keeping.calendar(office)
    return working_days(max(calendar.mark(now) - calendar.mark(since), 0))
