"""Who of several processes leads: whoever holds a lock that ends with its session, as a kill -9 ends it."""

from typing import Final

import psycopg
from sqlalchemy import Engine

from consumers.errors import StoreAway

_LOCK: Final = "select pg_try_advisory_lock(%s)"
_STILL_THERE: Final = "select true"
# The server's side: of a machine that vanishes without a word it would hear only after the kernel's two hours.
_SESSION: Final = "-c tcp_keepalives_idle=2 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3"


class Leadership:
    """One candidate, on a session of its own outside the pool; not behind a pooler that shares sessions."""

    def __init__(self, engine: Engine, key: int) -> None:
        self._engine = engine
        self._key = key
        self._session: psycopg.Connection | None = None
        self._leads = False

    def held(self) -> bool:
        """Take the lead if nobody has it, and tell whether it is ours. Raises StoreAway."""
        try:
            session = self._open()
            row = session.execute(_STILL_THERE if self._leads else _LOCK, None if self._leads else [self._key])
            self._leads = row.fetchone() == (True,)
        except psycopg.Error as error:
            self.resign()
            raise StoreAway("no connection to PostgreSQL") from error
        return self._leads

    def resign(self) -> None:
        """Let another lead at once."""
        self._leads = False
        if self._session is not None:
            self._session.close()
            self._session = None

    def _open(self) -> psycopg.Connection:
        if self._session is None:
            url = self._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
            self._session = psycopg.connect(
                url,
                autocommit=True,
                options=_SESSION,
                connect_timeout=5,
                keepalives_idle=2,
                keepalives_interval=1,
                keepalives_count=3,
                tcp_user_timeout=5_000,
            )
        return self._session
