"""The parking lot's other exits: rehearse a replay, note who repaired something and why, discard."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from sqlalchemy import Engine

from consumers.acts import Act
from ektp.storage.engine import transaction
from ektp.storage.journal.books import PostgresBooks, PostgresPage
from ektp.storage.people.audit import Chain
from schemas.nik import mask_niks

_DISCARD: Final = """
update parked set state = 'discarded', resolved = ektp_now(), resolved_by = %(by)s, because = %(because)s
where id = any(%(ids)s) and state = 'open' returning id
"""
_CREDIT: Final = """
update parked set resolved_by = %(by)s, because = coalesce(%(because)s, because)
where id = any(%(ids)s) and state = 'repaired'
"""


class RehearsalBooks(PostgresBooks):
    """The journal's books for a dry run: every transaction sees what it would do, and is rolled back."""

    @contextmanager
    def open(self) -> Iterator[PostgresPage]:
        """Begin a transaction that leaves nothing behind."""
        with transaction(self._engine) as connection:
            yield PostgresPage(connection, self._vault)
            connection.rollback()


def discard(engine: Engine, ids: Collection[UUID], *, by: str, because: str, chain: Chain | None = None) -> set[UUID]:
    """Close open items for good; return those that were open, each noted in the chain. Raises StoreAway.

    A NIK in the reason is masked.
    """
    with transaction(engine) as connection:
        rows = connection.execute(_DISCARD, {"ids": list(ids), "by": by, "because": mask_niks(because)})
        gone = {row[0] for row in rows}
        if chain is not None:
            acts = (Act(by, "item-discarded", str(one), {"because": because}) for one in sorted(gone))
            chain.append(connection, *acts)
        return gone


def credit(engine: Engine, ids: Collection[UUID], *, by: str, because: str | None) -> None:
    """Write down who repaired these items, and why. Raises StoreAway."""
    with transaction(engine) as connection:
        connection.execute(_CREDIT, {"ids": list(ids), "by": by, "because": because})
