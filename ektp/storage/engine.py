"""Connections to PostgreSQL: one way to open them, and what their errors mean to us."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from consumers.errors import StoreAway, StoreRefused

# A half-open link must become an error in seconds, not in the kernel's two hours.
_LINK: Final = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
_SESSION: Final = "-c timezone=UTC -c statement_timeout=120000 -c lock_timeout=20000 -c synchronous_commit=on"
# 22 data exception, 23 integrity constraint violation: the data are at fault, everything else may pass by itself.
_DATA: Final = ("22", "23")


def engine_for(url: str, *, size: int = 5) -> Engine:
    """Return an engine for a `postgresql://` URL (psycopg 3); nothing is connected yet."""
    target = make_url(url).set(drivername="postgresql+psycopg")
    return create_engine(
        target,
        pool_size=size,
        max_overflow=5,
        pool_timeout=10,
        pool_recycle=1800,
        connect_args={**_LINK, "options": _SESSION, "application_name": "ektp"},
    )


@contextmanager
def transaction(engine: Engine) -> Iterator[psycopg.Connection]:
    """Give a pooled psycopg connection for one transaction; translate errors to StoreAway and StoreRefused."""
    try:
        fairy = engine.raw_connection()
    except (SQLAlchemyError, psycopg.Error) as error:
        # Also a pool that is exhausted: somebody else's long work is no fault of the data.
        raise StoreAway(_cause(error)) from error
    connection = fairy.driver_connection
    assert isinstance(connection, psycopg.Connection)
    try:
        yield connection
        connection.commit()
    except psycopg.Error as error:
        _give_up(connection)
        raise _meaning(error) from error
    except BaseException:
        _give_up(connection)
        raise
    finally:
        if connection.closed or connection.broken:
            fairy.invalidate()
        fairy.close()


def _give_up(connection: psycopg.Connection) -> None:
    try:
        connection.rollback()
    except psycopg.Error:
        connection.close()


def _meaning(error: psycopg.Error) -> Exception:
    state = error.sqlstate or ""
    if state.startswith(_DATA):
        return StoreRefused(state)
    if isinstance(error, (psycopg.ProgrammingError, psycopg.NotSupportedError)) or state[:2] in ("42", "0A"):
        return error
    return StoreAway(_cause(error))


def _cause(error: BaseException) -> str:
    """Return what happened in a word or two: the driver's text may quote data or a password."""
    state = getattr(error, "sqlstate", None) or getattr(getattr(error, "orig", None), "sqlstate", None)
    return f"PostgreSQL {state}" if state else "no connection to PostgreSQL"
