"""An event that comes back out of the store: what it means for a card, whichever release wrote it down."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from schemas.upcasting import UPCASTERS, Step, name_of, upcast
from workflows.facts import Fact, fact_of


class Stored(NamedTuple):
    """Type, name and data that an event has today, and what it means."""

    type: str
    name: str
    data: Mapping[str, Any]
    fact: Fact


def stored(
    event_id: UUID, type_: str, data: Mapping[str, Any], station: str = "", upcasters: Mapping[str, Step] = UPCASTERS
) -> Stored:
    """Return an event of the store as the rules of today see it. Raises LookupError and TypeError as `fact_of`."""
    type_, data = upcast(type_, data, upcasters)
    name = name_of(type_)
    return Stored(type_, name, data, fact_of(event_id, name, data, station))
