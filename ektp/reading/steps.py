"""How many steps there are, and how they stand."""

from sqlalchemy import Connection, func, select

from ektp.storage.tables import STEPS


def steps_by_kind(connection: Connection) -> list[tuple[str, str, int]]:
    """Return kind, state and number; what is given up is there too, for an alert."""
    columns = (STEPS.c.kind, STEPS.c.state)
    question = select(STEPS.c.kind, STEPS.c.state, func.count()).group_by(*columns).order_by(*columns)
    return [(kind, state, count) for kind, state, count in connection.execute(question)]
