"""The audit in PostgreSQL: what people did, one row behind the other, noted together with the act itself."""

import json
from collections.abc import Callable
from typing import Final

import psycopg
from sqlalchemy import Engine

from consumers.acts import Act
from consumers.audit_chain import Head, Row, mac_of
from ektp.logs import masked
from ektp.storage.engine import transaction

# One at a time, until its transaction ends: otherwise two rows would follow the same one.
_ALONE: Final = "select pg_advisory_xact_lock(7, 0)"
# A statement of its own: its snapshot begins when the lock is held.
_LAST: Final = """
select clock_timestamp(), last.seq, last.mac
from (values (1)) as one left join lateral (select seq, mac from audit order by seq desc limit 1) as last on true
"""
_ADD: Final = "insert into audit (seq, at, actor, what, about, detail, mac) values (%s, %s, %s, %s, %s, %s, %s)"


class Chain:
    """Puts rows at the end of the chain; the key (32 bytes) is asked for once, when it is first needed."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._ask = key
        self._key: bytes | None = None

    def ready(self) -> bytes:
        """Return the key; before something that cannot be undone. Raises WrongUse where it is not here, StoreAway."""
        if self._key is None:
            self._key = self._ask()
        return self._key

    def append(self, connection: psycopg.Connection, *acts: Act) -> None:
        """Note the acts in the transaction of the connection: they are kept if it ends well.

        The last thing a transaction does: until its end nobody else can note anything.
        """
        if not acts:
            return
        key = self.ready()
        connection.execute(_ALONE)
        found = connection.execute(_LAST).fetchone()
        assert found is not None
        at, *last = found
        head = Head(*last) if last[0] else Head()
        for act in acts:
            actor, what, about = map(_clean, act[:3])
            detail = {_clean(name): _clean_value(value) for name, value in act.detail.items()}
            row = Row(head.seq + 1, at, actor, what, about, detail)
            head = Head(row.seq, mac_of(key, head.mac, row))
            connection.execute(_ADD, [*row[:5], json.dumps(row.detail), head.mac])


class PostgresAudit:
    """An Audit; an act that has a transaction of its own is noted in that, through `chain`."""

    def __init__(self, engine: Engine, chain: Chain) -> None:
        self._engine = engine
        self.chain = chain

    def note(self, act: Act) -> None:
        """Keep the act. Raises StoreAway, and WrongUse where the key is not here."""
        self.chain.ready()
        with transaction(self._engine) as connection:
            self.chain.append(connection, act)


def _clean(text: str) -> str:
    """Mask what could be a NIK, and replace what PostgreSQL cannot keep."""
    return str(masked(text)).replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()


def _clean_value(value: str | int | None) -> str | int | None:
    if isinstance(value, str):
        return _clean(value)
    return None if value is None else _masked_number(value)


def _masked_number(value: int) -> str | int:
    said = masked(value)
    return said if isinstance(said, int) else str(said)
