"""One moment of the store: everything read in the block belongs together, and nothing can be written."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from consumers.errors import StoreAway
from ektp.reading.errors import NotMigrated

# 42P01 no such table, 42703 no such column, 3F000 no such schema.
_OTHER_SCHEMA: Final = ("42P01", "42703", "3F000")


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Give a connection in a REPEATABLE READ READ ONLY transaction; raise StoreAway and NotMigrated."""
    try:
        with engine.connect() as plain:
            connection = plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection
    except ProgrammingError as error:
        if _sqlstate(error) in _OTHER_SCHEMA:
            raise NotMigrated from error
        raise
    except PoolExhausted as error:
        raise StoreAway("every connection is in use") from error
    except (OperationalError, InterfaceError) as error:
        state = _sqlstate(error)
        raise StoreAway(f"PostgreSQL {state}" if state else "no connection to PostgreSQL") from error


def _sqlstate(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)
