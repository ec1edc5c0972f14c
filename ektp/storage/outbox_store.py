"""The outbox in PostgreSQL: slots by lease and epoch, letters by their order."""

import os
import secrets
import socket
from collections.abc import Mapping, Sequence
from typing import Final

import psycopg
from sqlalchemy import Engine

from consumers.errors import StoreAway
from consumers.ports import Letter
from consumers.relay import Lease, Pending
from ektp.storage.engine import transaction
from ektp.storage.outbox_writes import SLOTS

_RENEW: Final = """
update relay_slots set leased_until = now() + %(seconds)s * interval '1 second'
where owner = %(owner)s and leased_until > now() returning slot, epoch
"""
# A relay that has no slot yet counts too: otherwise the first one would keep them all.
_PRESENT: Final = """
insert into relays (owner, seen_until) values (%(owner)s, now() + %(seconds)s * interval '1 second')
on conflict (owner) do update set seen_until = excluded.seen_until
"""
_GONE: Final = "delete from relays where seen_until <= now() or owner = %(leaving)s"
_RELAYS: Final = "select count(*) from relays where seen_until > now()"
_TAKE: Final = """
update relay_slots set owner = %(owner)s, epoch = epoch + 1, leased_until = now() + %(seconds)s * interval '1 second'
where slot in (select slot from relay_slots where leased_until <= now() order by slot limit %(most)s
               for update skip locked)
returning slot, epoch
"""
_GIVE_BACK: Final = (
    "update relay_slots set leased_until = '-infinity' where owner = %(owner)s and (%(slots)s::int[] is null"
    " or slot = any(%(slots)s))"
)
_PENDING: Final = """
select seq, application, id, exchange, routing_key, body from outbox
where sent is null and slot = any(%s) order by seq limit %s
"""
_SENT: Final = """
update outbox set sent = now(), routed = done.routed
from unnest(%(seqs)s::bigint[], %(routed)s::bool[]) as done (seq, routed)
where outbox.seq = done.seq and outbox.sent is null and exists (
    select from relay_slots join unnest(%(slots)s::int[], %(epochs)s::bigint[]) as mine (slot, epoch)
        on relay_slots.slot = mine.slot and relay_slots.epoch = mine.epoch
    where relay_slots.slot = outbox.slot)
"""


class PostgresOutbox:
    """One relay's view of the outbox; the listening connection is its own, outside the pool."""

    def __init__(self, engine: Engine, owner: str | None = None) -> None:
        self._engine = engine
        self._owner = owner or f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._ear: psycopg.Connection | None = None

    def lease(self, seconds: float) -> Lease:
        """Renew this relay's slots, take free ones up to a fair share, give surplus back."""
        values = {"owner": self._owner, "seconds": seconds}
        with transaction(self._engine) as connection:
            connection.execute(_PRESENT, values)
            mine: dict[int, int] = dict(connection.execute(_RENEW, values).fetchall())
            present = connection.execute(_RELAYS).fetchone()
            share = -(-SLOTS // (present[0] if present else 1))
            if len(mine) > share:
                surplus = sorted(mine)[share:]
                connection.execute(_GIVE_BACK, {**values, "slots": surplus})
                mine = {slot: epoch for slot, epoch in mine.items() if slot not in surplus}
            elif len(mine) < share:
                mine.update(connection.execute(_TAKE, {**values, "most": share - len(mine)}).fetchall())
        return Lease(mine)

    def pending(self, lease: Lease, most: int) -> Sequence[Pending]:
        """Return the oldest unsent letters of the leased slots."""
        with transaction(self._engine) as connection:
            rows = connection.execute(_PENDING, [lease.slots, most]).fetchall()
        return [
            Pending(seq, application, Letter(identity, exchange, key, body.encode()))
            for seq, application, identity, exchange, key, body in rows
        ]

    def sent(self, lease: Lease, routed: Mapping[int, bool]) -> int:
        """Mark letters as sent where this relay's epoch still holds."""
        values = {
            "seqs": list(routed),
            "routed": list(routed.values()),
            "slots": list(lease.epochs),
            "epochs": list(lease.epochs.values()),
        }
        with transaction(self._engine) as connection:
            return connection.execute(_SENT, values).rowcount

    def wait(self, seconds: float) -> None:
        """Listen for the journal; NOTIFY is a hint only, whoever misses it polls."""
        try:
            for _ in self._listening().notifies(timeout=seconds, stop_after=1):
                return
        except psycopg.Error as error:
            self._deafen()
            raise StoreAway("no connection to PostgreSQL") from error

    def release(self) -> None:
        """Give all slots back at once."""
        self._deafen()
        with transaction(self._engine) as connection:
            connection.execute(_GIVE_BACK, {"owner": self._owner, "slots": None})
            connection.execute(_GONE, {"leaving": self._owner})

    def _listening(self) -> psycopg.Connection:
        if self._ear is None:
            url = self._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
            self._ear = psycopg.connect(url, autocommit=True, connect_timeout=5)
            self._ear.execute("listen ektp_outbox")
        return self._ear

    def _deafen(self) -> None:
        if self._ear is not None:
            self._ear.close()
            self._ear = None
