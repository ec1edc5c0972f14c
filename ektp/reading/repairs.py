"""Repairs as they stand: counts from the items themselves, what was foreseen of each, and what became of it."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, text

from ektp.reading.errors import Unknown
from ektp.reading.masking import masked_body
from ektp.reading.moments import written
from schemas.json_patch import same
from schemas.nik import mask_niks
from workflows.repairs import ItemState, Round

_REPAIRS: Final = """
select id, made, made_by, because, selection, correction, state, second_person, approved, approved_by, threshold, rate,
    round, ramp, halted, changed, changed_by, ended, foreseen
from repairs
"""
_LIST: Final = text(f"""{_REPAIRS}
where (cast(:state as text) is null or state = :state) and (cast(:by as text) is null or made_by = :by)
and (cast(:after as uuid) is null or (made, id) < (select made, id from repairs where id = :after))
order by made desc, id desc limit :most
""")  # noqa: S608 - a constant of ours
_ONE: Final = text(f"{_REPAIRS} where id = :repair")
_COUNTS: Final = text("select state, count(*) from repair_items where repair = :repair group by state")
_ROUND: Final = text("""
select count(*) filter (where state <> 'skipped'), count(*) filter (where state like 'failed%')
from repair_items where repair = :repair and round = :round
""")
_ITEMS: Final = text("""
select number, parked, foreseen, state, round, outcome, reason, why, at from repair_items
where repair = :repair and number > :after
and (cast(:state as text) is null or state = :state)
and (cast(:becomes as text) is null or foreseen->>'becomes' = :becomes)
and (cast(:for_reason as text) is null or foreseen->>'reason' = :for_reason)
order by number limit :most
""")
_OF_ITEM: Final = text("""
select repairs.id, repairs.made, repairs.made_by, repairs.approved_by, repairs.because, repairs.correction,
    repair_items.number, repair_items.state, repair_items.reason, repair_items.why, repair_items.at
from repair_items join repairs on repairs.id = repair_items.repair
where repair_items.parked = :parked order by repairs.made desc, repairs.id limit :most
""")
_SEALED: Final = text("""
select repairs.id as repair, repairs.correction, repairs.sealed as correcting, parked.id, parked.sender, parked.door,
    parked.event_id, parked.sealed
from repair_items join repairs on repairs.id = repair_items.repair join parked on parked.id = repair_items.parked
where repair_items.repair = :repair and repair_items.number = :number
""")
MOST: Final = 200
_AT_A_TIME: Final = 500


@dataclass(frozen=True, slots=True)
class WantedItems:
    """Which items of a repair are wanted: by what became of them, or by what was foreseen and for which reason."""

    state: str | None = None
    becomes: str | None = None
    for_reason: str | None = None


ALL_ITEMS: Final = WantedItems()


def repairs(
    connection: Connection,
    most: int = MOST,
    *,
    state: str | None = None,
    by: str | None = None,
    after: UUID | None = None,
) -> list[dict[str, Any]]:
    """Return the repairs, the newest first, each with its counts; for a page those behind the one named `after`."""
    asked = {"most": most, "state": state, "by": by, "after": after}
    return [_told(connection, row) for row in connection.execute(_LIST, asked)]


def repair(connection: Connection, name: str) -> dict[str, Any]:
    """Return one repair, with what is foreseen of its items put together, and how its round goes. Raises Unknown."""
    row = connection.execute(_ONE, {"repair": repair_id(name)}).one_or_none()
    if row is None:
        raise Unknown("repair", name)
    tried, failed = connection.execute(_ROUND, {"repair": row.id, "round": row.round}).one()
    going = {"tried": tried, "failed": failed, "size": Round(row.ramp, tried, failed).size}
    return {**_told(connection, row), "foreseen": row.foreseen, "going": going}


def repair_items(
    connection: Connection, name: str, *, after: int = 0, most: int = MOST, wanted: WantedItems = ALL_ITEMS
) -> Iterator[dict[str, Any]]:
    """Yield its items in their order, behind the one with the number `after`."""
    asked = {"repair": repair_id(name), "after": after, "most": most, **asdict(wanted)}
    for row in connection.execute(_ITEMS.execution_options(yield_per=_AT_A_TIME), asked):
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


def repairs_of(connection: Connection, parked: UUID) -> list[dict[str, Any]]:
    """Return the repairs that a parked message was in, the newest first, and what became of it in each."""
    return [
        {**row._asdict(), "repair": str(row.id), "made": written(row.made), "at": written(row.at)}
        for row in connection.execute(_OF_ITEM, {"parked": parked, "most": MOST})
    ]


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
