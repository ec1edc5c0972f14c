"""What a receipt says of an application."""

from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, func, select

from ektp.reading.application import named
from ektp.reading.errors import Unknown
from ektp.storage.tables import APPLICATIONS

_COLUMNS: Final = (APPLICATIONS.c.id, APPLICATIONS.c.resi, APPLICATIONS.c.office, func.ektp_now())


class Receipt(NamedTuple):
    """An application, the code of its resi, its office, and the store's time."""

    application: UUID
    resi: str
    office: str
    now: datetime


def receipt(connection: Connection, name: str) -> Receipt:
    """Return the receipt of an application by its id or resi; raise Unknown."""
    row: Any = connection.execute(select(*_COLUMNS).where(named(name))).one_or_none()
    if row is None:
        raise Unknown("application", name)
    return Receipt(*row)
