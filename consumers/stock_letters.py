"""What is said when an office runs out: to everybody, and to whom it asks for more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID, uuid5

from consumers.letters import NOTICES, REQUESTS
from consumers.ports import Letter
from schemas import notices, requests

if TYPE_CHECKING:
    from datetime import datetime

BLANKO: Final = "blanko"
# Derived ids must never change: subscribers know a redelivery by them.
_IDS: Final = UUID("5f0c1b52-6a3e-4c61-9a0e-3f1f0e5b7a03")


class Low(NamedTuple):
    """An office has less than its reorder point of something; `waiting` is how many wait for a card there."""

    office: str
    what: str
    left: int
    point: int
    waiting: int


def office_id(office: str) -> UUID:
    """Return the identity under which an office's letters keep their order."""
    return uuid5(_IDS, office)


def delivery_id(office: str, number: int) -> UUID:
    """Return the id of an office's request for blanko, by its number."""
    return uuid5(_IDS, f"deliver-blanko/{office}/{number}")


def low_letter(low: Low, number: int, now: datetime) -> Letter:
    """Return the notice that an office runs out, as this number of the office's series."""
    identity = uuid5(_IDS, f"stock-low/{low.office}/{number}")
    data: dict[str, object] = {
        "office": low.office,
        "in_stock": low.left,
        "waiting": low.waiting,
        "whose_move": "warehouse" if low.what == BLANKO else "office",
    }
    if low.what != BLANKO:
        data["supply"] = low.what
    body = notices.write("stock-low", id=identity, subject=low.office, time=now, sequence=number, data=data)
    return Letter(identity, NOTICES, f"stock-low.{low.office}", body)


def delivery_letter(low: Low, number: int, answer_by: datetime, now: datetime) -> Letter:
    """Return the request for as many blanko as all who wait need, and to have the reorder point again."""
    identity = delivery_id(low.office, number)
    data = {"office": low.office, "count": low.waiting + low.point - low.left, "answer_by": answer_by}
    body = requests.write("deliver-blanko", id=identity, subject=low.office, time=now, sequence=number, data=data)
    return Letter(identity, REQUESTS, f"deliver-blanko.{low.office}", body)
