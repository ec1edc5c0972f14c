"""Repairs as they stand: counts from the items themselves, what was foreseen of each, and what became of it."""

import json
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, text

from ektp.reading.errors import Unknown
from ektp.reading.masking import masked_body
from ektp.reading.moments import written
from schemas.json_patch import same
from schemas.nik import mask_niks
from workflows.repairs import ItemState

_REPAIRS: Final = """
select id, made, made_by, because, selection, correction, state, second_person, approved, approved_by, threshold, rate,
    round, halted, changed, changed_by, ended
from repairs
"""
_LIST: Final = text(f"{_REPAIRS} order by made desc, id limit :most")
_ONE: Final = text(f"{_REPAIRS} where id = :repair")
_COUNTS: Final = text("select state, count(*) from repair_items where repair = :repair group by state")
_FORESEEN: Final = text("""
select foreseen->>'becomes', foreseen->>'reason', foreseen->>'from', foreseen->>'to', foreseen->>'outcome', count(*)
from repair_items where repair = :repair group by 1, 2, 3, 4, 5 order by count(*) desc, 1, 2, 3, 4, 5
""")
_ITEMS: Final = text("""
select number, parked, foreseen, state, round, outcome, reason, why, at from repair_items
where repair = :repair and number > :after order by number limit :most
""")
_SEALED: Final = text("""
select repairs.id as repair, repairs.correction, repairs.sealed as correcting, parked.id, parked.sender, parked.door,
    parked.event_id, parked.sealed
from repair_items join repairs on repairs.id = repair_items.repair join parked on parked.id = repair_items.parked
where repair_items.repair = :repair and repair_items.number = :number
""")
MOST: Final = 200


def repairs(connection: Connection, most: int = MOST) -> list[dict[str, Any]]:
    """Return the repairs, the newest first, each with its counts."""
    return [_told(connection, row) for row in connection.execute(_LIST, {"most": most})]


def repair(connection: Connection, name: str) -> dict[str, Any]:
    """Return one repair, with what is foreseen of its items put together. Raises Unknown."""
    row = connection.execute(_ONE, {"repair": repair_id(name)}).one_or_none()
    if row is None:
        raise Unknown("repair", name)
    names = ("becomes", "reason", "from", "to", "outcome", "items")
    foreseen = [dict(zip(names, one, strict=True)) for one in connection.execute(_FORESEEN, {"repair": row.id})]
    return {**_told(connection, row), "foreseen": foreseen}


def repair_items(connection: Connection, name: str, *, after: int = 0, most: int = MOST) -> Iterator[dict[str, Any]]:
    """Yield its items in their order, behind the one with the number `after`."""
    for row in connection.execute(_ITEMS, {"repair": repair_id(name), "after": after, "most": most}):
        yield {
            "number": row.number,
            "parked": str(row.parked),
            "foreseen": row.foreseen,
            "state": row.state,
            "round": None if row.round is None else row.round + 1,
            "outcome": row.outcome,
            "reason": row.reason,
            "why": row.why,
            "at": written(row.at),
        }


def sealed_item(connection: Connection, name: str, number: int) -> Row[Any]:
    """Return one item and the correction, both sealed. Raises Unknown."""
    row = connection.execute(_SEALED, {"repair": repair_id(name), "number": number}).one_or_none()
    if row is None:
        raise Unknown("item of this repair", str(number))
    return row


def repair_id(name: str) -> UUID:
    """Read the id of a repair. Raises Unknown."""
    try:
        return UUID(name)
    except ValueError:
        raise Unknown("repair", name) from None


def compared(before: bytes, after: bytes) -> list[dict[str, Any]]:
    """Return each place at which two bodies differ, with what stands there masked: of a person only that it differs."""
    return list(_differences("", (_parsed(before), masked_body(before)), (_parsed(after), masked_body(after))))


def _differences(place: str, before: tuple[Any, Any], after: tuple[Any, Any]) -> Iterator[dict[str, Any]]:
    """Yield the differences of two values, each given as it is and masked."""
    (old, old_masked), (new, new_masked) = before, after
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys([*old, *new]):
            shown = mask_niks(name)
            yield from _differences(
                f"{place}/{shown}", (old.get(name), old_masked.get(shown)), (new.get(name), new_masked.get(shown))
            )
    elif not same(old, new):
        yield {"place": place, "before": old_masked, "after": new_masked}


def _parsed(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body.decode(errors="replace")


def _told(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    counts = dict.fromkeys((state.value for state in ItemState), 0)
    for state, items in connection.execute(_COUNTS, {"repair": row.id}):
        counts[state] = items
    return {
        "repair": str(row.id),
        "state": row.state,
        "made": written(row.made),
        "made_by": row.made_by,
        "because": row.because,
        "selection": row.selection,
        "correction": row.correction,
        "second_person": list(row.second_person),
        "approved": written(row.approved),
        "approved_by": row.approved_by,
        "threshold": row.threshold,
        "rate": row.rate,
        "round": row.round + 1,
        "halted": row.halted,
        "changed": written(row.changed),
        "changed_by": row.changed_by,
        "ended": written(row.ended),
        "items": sum(counts.values()),
        "counts": counts,
    }
