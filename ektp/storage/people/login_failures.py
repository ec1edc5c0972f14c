"""How often somebody may try a password: growing pauses for a name and for an address, and no lock-out for ever.

A try is counted before the password is looked at, so whoever tries many at once has no more tries than one after
another. What was typed as a name may be anything, also a password: only its digest is kept.
"""

from hashlib import sha256
from typing import Final

import psycopg
from sqlalchemy import Engine

from ektp.storage.engine import transaction

FREE: Final = {"name": 4, "address": 12}  #: Tries without a pause; an office shares one address.
LONGEST: Final = {"name": 60, "address": 900}  #: Seconds: an attacker must not keep the person out.
_FORGOTTEN: Final = "interval '1 hour'"
# A try during a pause does not lengthen it. The pause after the nth is 2 to the power of what is over the free ones.
_TAKE: Final = f"""
insert into login_failures as f (what, count, until) values (%(what)s, 1, clock_timestamp())
on conflict (what) do update set
    count = case when f.until < clock_timestamp() - {_FORGOTTEN} then 1 else f.count + 1 end,
    until = case when f.until < clock_timestamp() - {_FORGOTTEN} or f.count + 1 < %(free)s then clock_timestamp()
        else clock_timestamp() + least(2 ^ least(f.count + 1 - %(free)s, 30), %(longest)s) * interval '1 second' end
where f.until <= clock_timestamp() returning 1
"""  # noqa: S608 - a constant
_WAIT: Final = "select extract(epoch from until - clock_timestamp()) from login_failures where what = %s"
_RIGHT: Final = "delete from login_failures where what = %s"
_GIVEN_BACK: Final = "update login_failures set count = greatest(count - 1, 0), until = now() where what = %s"
_SWEEP: Final = f"""
delete from login_failures where what in (
    select what from login_failures where until < now() - {_FORGOTTEN} order by until limit 20 for update skip locked)
"""  # noqa: S608 - a constant


class PostgresLoginFailures:
    """Counts tries for all web processes together."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def take(self, name: str, address: str) -> float:
        """Count a try and return 0; in a pause count none, and return the seconds until it ends. Raises StoreAway."""
        try:
            with transaction(self._engine) as connection:
                connection.execute(_SWEEP)
                for kind, value in (("name", name), ("address", address)):
                    _take(connection, kind, value)
        except _Paused as paused:
            return paused.seconds
        return 0.0

    def right(self, name: str, address: str) -> None:
        """Forget the tries of a name whose password was known, and this one of the address. Raises StoreAway."""
        with transaction(self._engine) as connection:
            connection.execute(_RIGHT, [_what("name", name)])
            connection.execute(_GIVEN_BACK, [_what("address", address)])


class _Paused(Exception):
    """One of the two has to wait: nothing is counted for the other either."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def _take(connection: psycopg.Connection, kind: str, value: str) -> None:
    what = _what(kind, value)
    given = {"what": what, "free": FREE[kind], "longest": LONGEST[kind]}
    if connection.execute(_TAKE, given).fetchone() is None:
        row = connection.execute(_WAIT, [what]).fetchone()
        raise _Paused(max(float(row[0]) if row else 0.0, 0.1))


def _what(kind: str, value: str) -> str:
    return f"{kind}:{sha256(value.encode(errors='replace')).hexdigest()}"
