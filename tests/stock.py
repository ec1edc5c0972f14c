"""What offices say about blanko, made up for tests; and what must hold of a ledger after every step."""

from collections import Counter
from typing import Any, Final

from schemas.submission import Submission
from tests.histories import event, submission_of
from tests.memory_books import MemoryBooks

OFFICE: Final = "33.74"
OTHER: Final = "33.22"
TWO: Final = ["Contoh Satu", "Contoh Dua"]


def received(first: str, last: str, office: str = OFFICE, **more: Any) -> dict[str, Any]:
    """Return the event of blanko that came."""
    data = {"office": office, "first": first, "last": last, "delivery_note": "BA-1", **more}
    return event(office, "blanko-received", station="warehouse", **data)


def moved(movement: str, first: str, last: str | None = None, office: str = OFFICE, **more: Any) -> dict[str, Any]:
    """Return the event of blanko that went somewhere; the two people are there where they must."""
    by = {"by": TWO} if movement in ("destroyed", "missing") else {}
    said = {"document": "BA-2", "because": "as agreed", **by, **more}
    data = {"office": office, "first": first, "last": last or first, "movement": movement, **said}
    return event(office, "blanko-moved", station="warehouse", **data)


def supplied(name: str, **data: Any) -> dict[str, Any]:
    """Return an event about an office's supplies: one ribbon, if not said otherwise."""
    said = {"office": OFFICE, "supply": "ribbon", **data}
    if name != "supply-loaded":
        said = {"document": "BA-3", "count": 1, **said}
    return event(said["office"], name, station="warehouse", **said)


def told(*events: dict[str, Any]) -> list[Submission]:
    """Read them as they would arrive."""
    return [submission_of(one) for one in events]


def stock_words() -> list[dict[str, Any]]:
    """Return a delivery, a loan, what became of a few blanko, and one that went missing."""
    return [
        received("LG0001", "LG0009", delivery_note="BA-7"),
        moved("lent", "LG0001", "LG0003", to=OTHER),
        moved("came-back", "LG0003"),
        moved("spoiled", "LG0004"),
        moved("destroyed", "LG0004", "LG0005"),
        moved("missing", "LG0006"),
        moved("transferred", "LG0007", "LG0008", to="33.74.10"),
        supplied("supplies-received", count=7),
        supplied("supplies-moved", movement="lent", to=OTHER, because="as agreed"),
        supplied("supply-loaded", printer="printer9"),
    ]


def check(books: MemoryBooks) -> None:
    """Fail where something is not conserved: chains, balances at every prefix, counts."""
    at: dict[str, tuple[str | None, str | None]] = {}
    balances = Counter[tuple[str | None, str | None]]()
    for one in books.movements:
        before = at.get(one.serial, (None, None))
        assert before == (one.from_office, one.from_place), one
        at[one.serial] = (one.to_office, one.to_place)
        if one.from_office is not None:
            balances[before] -= 1
            assert balances[before] >= 0, one
        balances[at[one.serial]] += 1
    rows = {serial: (row.office, row.place) for serial, row in books.blankos.items()}
    assert rows == at
    tallied = {(office, key): count for (office, kind, key), count in books.tallies.items() if kind == "stock"}
    lying = Counter(rows.values())
    assert {place: count for place, count in tallied.items() if count} == lying
    assert sum(lying.values()) == len(rows)
