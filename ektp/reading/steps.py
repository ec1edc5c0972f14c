"""How many steps there are, and how they stand."""

from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, func, select, text

from ektp.storage.tables import STEPS

# As two conditions, each of which has an index: what is done is never read, however much of it there is.
_NOT_DONE: Final = text("(steps.state in ('waiting', 'running') or steps.state = 'given-up')")
LATE: Final = timedelta(minutes=2)  # a message that was lost is sent again after one


def steps_by_kind(connection: Connection) -> list[tuple[str, str, int]]:
    """Return kind, state and number of those that are not done; what is given up is there too, for an alert."""
    columns = (STEPS.c.kind, STEPS.c.state)
    question = select(*columns, func.count()).where(_NOT_DONE).group_by(*columns).order_by(*columns)
    return [(kind, state, count) for kind, state, count in connection.execute(question)]


def steps_in_trouble(connection: Connection) -> tuple[int, int]:
    """Return how many steps should have run by now and were not taken, and how many were given up."""
    late = (STEPS.c.state.in_(("waiting", "running"))) & (STEPS.c.due < func.step_now(STEPS.c.application) - LATE)
    taken = func.coalesce(STEPS.c.leased_until > func.now(), False)
    question = select(func.count().filter(late & ~taken), func.count().filter(STEPS.c.state == "given-up")).where(
        _NOT_DONE
    )
    overdue, given_up = connection.execute(question).one()
    return overdue, given_up
