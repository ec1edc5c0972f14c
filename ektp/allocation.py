"""The allocator on a store, and who runs it: a periodic step, or the simulated city between what it says."""

from collections.abc import Callable
from time import monotonic
from typing import Final

from sqlalchemy import Engine

from consumers.allocator import Allocated, Allocator
from consumers.places import PlaceChanges
from consumers.ports import Journal
from ektp.storage.engine import transaction
from ektp.storage.journal.places import PostgresPlaces
from ektp.storage.stock.print_queue import PostgresPrintQueue
from workflows.timekeeping import Timekeeping

#: In place of an office: while a city lives, it decides when blanko are given out, or no two runs would be alike.
_CITY: Final = "city"
_RESERVED: Final = "select exists (select from allocators where office = %s and leased_until > now())"
_RESERVE: Final = """
insert into allocators (office, leased_until) values (%s, now() + interval '30 seconds')
on conflict (office) do update set leased_until = excluded.leased_until
"""
_RENEWED: Final = 5.0  # seconds between two reservations


def allocator_on(engine: Engine, journal: Callable[[], Journal], keeping: Timekeeping, rules: str = "") -> Allocator:
    """Return an allocator of a store; it may be used from many threads. *rules* is a digest of the queues' policies."""
    places = PlaceChanges(PostgresPlaces(engine), keeping, rules)
    return Allocator(PostgresPrintQueue(engine), journal, keeping, places)


class Allocations:
    """What the periodic step and the consumers' housekeeping run: nothing while a city lives."""

    def __init__(self, engine: Engine, allocator: Allocator) -> None:
        self._engine = engine
        self._allocator = allocator

    def allocate(self, most: int | None = None) -> Allocated:
        """Give out what lies ready. Raises StoreAway, JournalUnavailable."""
        with transaction(self._engine) as connection:
            row = connection.execute(_RESERVED, [_CITY]).fetchone()
        return Allocated() if row and row[0] else self._allocator.allocate(most)


class CityAllocations:
    """What a simulated city runs when everything else is quiet."""

    def __init__(self, engine: Engine, allocator: Allocator) -> None:
        self._engine = engine
        self._allocator = allocator
        self._reserved = float("-inf")

    def reserve(self) -> None:
        """Let nobody else give out anything for half a minute. Raises StoreAway."""
        if monotonic() - self._reserved > _RENEWED:
            with transaction(self._engine) as connection:
                connection.execute(_RESERVE, [_CITY])
            self._reserved = monotonic()

    def rest(self) -> bool:
        """Give out what lies ready; tell whether there was nothing. Raises StoreAway, JournalUnavailable."""
        done = self._allocator.allocate()
        return not (done.applied or done.busy)
