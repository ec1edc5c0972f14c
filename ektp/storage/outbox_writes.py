"""How a letter that follows from no batch of the journal is put into the outbox, and the relays are woken."""

from typing import Final
from uuid import UUID

import psycopg

from consumers.ports import Letter

SLOTS: Final = 32
_POST: Final = "insert into outbox (id, application, slot, exchange, routing_key, body) values (%s, %s, %s, %s, %s, %s)"
_WAKE: Final = "select pg_notify('ektp_outbox', '')"


def post(connection: psycopg.Connection, about: UUID, letter: Letter) -> None:
    """Put a letter into the outbox, behind all that is said *about* the same."""
    values = [letter.id, about, about.int % SLOTS, letter.exchange, letter.routing_key, letter.body.decode()]
    connection.execute(_POST, values)


def wake_relays(connection: psycopg.Connection) -> None:
    """Tell the relays, when the transaction ends, that there is something to carry."""
    connection.execute(_WAKE)
