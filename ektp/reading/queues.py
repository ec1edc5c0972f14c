"""How deep each queue is and who reads it, and how long the outbox has waited."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, select

from ektp.storage.tables import OUTBOX


def queues(depths: Mapping[str, tuple[int, int]]) -> list[dict[str, Any]]:
    """Return what is known of each queue; None where the broker does not say, and never 0 for that."""
    return [
        {"queue": name, "ready": ready, "consumers": consumers, "oldest_age": None, "rate": None}
        for name, (ready, consumers) in depths.items()
    ]


def outbox(connection: Connection) -> dict[str, Any]:
    """Return how many letters wait, and the age of the oldest in seconds (None without one)."""
    unsent = OUTBOX.c.sent.is_(None)
    pending = connection.scalar(select(func.count()).select_from(OUTBOX).where(unsent))
    age = connection.scalar(
        select(func.extract("epoch", func.clock_timestamp() - OUTBOX.c.created))
        .where(unsent)
        .order_by(OUTBOX.c.seq)
        .limit(1)
    )
    return {"pending": pending or 0, "oldest_age": None if age is None else round(float(age), 1)}
