"""Changed lanes: where an office serves its queue by other rules than before, everybody waits where they now say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import structlog

from consumers.allocations import place
from workflows.card_issuance import State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from workflows.print_queue import Place
    from workflows.standing import Standing
    from workflows.timekeeping import Timekeeping
    from workflows.timers import Timers

log = structlog.get_logger()
_PAGE: Final = 1000


class Placed(NamedTuple):
    """A verified application of this version, and where it waits."""

    id: UUID
    version: int
    standing: Standing
    recorded: datetime
    timers: Timers
    place: Place


class Places(Protocol):
    """Where everybody waits, and by which rules. All raise StoreAway."""

    def rules(self) -> str:
        """Return the digest of the rules by which all were placed last; empty for none."""

    def note(self, rules: str) -> None:
        """Remember the rules that hold now."""

    def page(self, after: UUID | None, most: int) -> Sequence[Placed]:
        """Return those that wait behind this one, by id."""

    def move(self, moved: Sequence[tuple[UUID, int, Place]]) -> None:
        """Give them their new places; whoever has changed since was placed by that change."""


class PlaceChanges:
    """Compares the rules of this process with those of the store, once."""

    def __init__(self, places: Places, keeping: Timekeeping, rules: str) -> None:
        self._places = places
        self._keeping = keeping
        self._rules = rules
        self._looked = False

    def settle(self) -> int:
        """Place everybody anew if the rules are others; return how many have moved. Raises StoreAway.

        Killed on the way, it begins again: who has moved stays there.
        """
        if self._looked:
            return 0
        count = self._place_all() if self._places.rules() != self._rules else 0
        self._looked = True
        return count

    def _place_all(self) -> int:
        count, after = 0, None
        while page := self._places.page(after, _PAGE):
            moved = [
                (row.id, row.version, there)
                for row in page
                if (there := place(self._keeping, row.standing, State.VERIFIED, row.recorded, row.timers)) != row.place
            ]
            self._places.move(moved)
            count, after = count + len(moved), page[-1].id
        self._places.note(self._rules)
        if count:
            log.info("queue-placed-anew", applications=count)
        return count
