"""Which releases have run on this database, and since when."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Engine, text

from ektp.storage.engine import transaction

_NOTE: Final = "insert into releases (release) values (%s) on conflict do nothing"
_LAST: Final = text("select release, started from releases order by started desc limit 1")


def note_release(engine: Engine, release: str) -> None:
    """Write down that this release runs, if it is the first time. Raises StoreAway."""
    with transaction(engine) as connection:
        connection.execute(_NOTE, [release])


def last_deploy(connection: Connection) -> tuple[str, datetime] | None:
    """Return the newest release and when it first ran; None where none ever did."""
    row = connection.execute(_LAST).one_or_none()
    return (row.release, row.started) if row else None
