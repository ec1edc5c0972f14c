"""The list of applications, page by page, without their persons."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, or_, select

from ektp.reading.clocks import Clocks
from ektp.reading.moments import written
from ektp.reading.scope import EVERYWHERE, Offices, lies_in
from ektp.storage.standings import read_standing
from ektp.storage.tables import APPLICATIONS
from workflows.card_issuance import State, whose_move
from workflows.clock import Timekeeping

MOST: Final = 200


def applications(  # noqa: PLR0913 - each narrows the page
    connection: Connection,
    keeping: Timekeeping,
    *,
    state: str | None = None,
    office: str | None = None,
    offices: Offices = EVERYWHERE,
    after: UUID | None = None,
    limit: int = MOST,
) -> tuple[list[dict[str, Any]], UUID | None]:
    """Return one page in the order of their ids, and where the next begins (None: there is none).

    A regency's code finds its kecamatan too; `offices` are the regions of whoever asks.
    """
    a = APPLICATIONS.c
    wanted = select(APPLICATIONS).where(lies_in(a.office, offices)).order_by(a.id).limit(limit + 1)
    if state is not None:
        wanted = wanted.where(a.state == state)
    if office is not None:
        wanted = wanted.where(or_(a.office == office, a.office.startswith(f"{office}.", autoescape=True)))
    if after is not None:
        wanted = wanted.where(a.id > after)
    rows = connection.execute(wanted).all()
    clocks = Clocks(connection, keeping)
    page = [
        {
            "application": str(row.id),
            "state": row.state,
            "whose_move": whose_move(read_standing(row.standing), State(row.state)).value,
            "office": row.office,
            "attempt": row.attempt,
            "resi": row.resi,
            "recorded": written(row.recorded),
            "since": written(row.since),
            "due": clocks.promised(row),
        }
        for row in rows[:limit]
    ]
    return page, rows[limit - 1].id if len(rows) > limit else None
