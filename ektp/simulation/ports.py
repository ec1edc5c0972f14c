"""The two sides on which the city touches the pipeline: what is said and heard, and the clock they share."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from workflows.visits import Booked


class Outside(Protocol):
    """The door every outsider uses. LinkLost says that the broker is away; the same again may succeed."""

    def publish(self, events: Sequence[Mapping[str, Any]], *, late: bool = False) -> None:
        """Publish structured CloudEvents (JSON values) under `<event>.<station>[.late]`; return when all are safe."""

    def heard(self) -> Sequence[Mapping[str, Any]]:
        """Return the notices and requests (JSON values) that have come since the last call, each once."""

    def close(self) -> None:
        """Hear nothing more; never raises."""


class Pipeline(Protocol):
    """What the city may know of the pipeline: whether it is done, from when on, and which visits its operators see.

    Each raises StoreAway.
    """

    def quiet(self, published: Collection[UUID]) -> bool:
        """Tell whether all these events are in the store, nothing waits to leave and no work is due."""

    def set_clock(self, moment: datetime) -> None:
        """Let it be *moment* for the pipeline from here on."""

    def visits(self, regency: str) -> Sequence[Booked]:
        """Return a regency's visits that are promised, and those that are proposed now."""
