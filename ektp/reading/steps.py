"""How many steps there are, and how they stand."""

from collections.abc import Sequence

from sqlalchemy import Connection, Row, func, select

from ektp.storage.tables import STEPS


def steps_by_kind(connection: Connection) -> Sequence[Row[tuple[str, str, int]]]:
    """Return kind, state and number; what is given up is there too, for an alert."""
    columns = (STEPS.c.kind, STEPS.c.state)
    return connection.execute(select(*columns, func.count()).group_by(*columns).order_by(*columns)).all()
