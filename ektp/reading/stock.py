"""What lies where: blanko by place, what offices owe each other, supplies, and the life of one serial."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Connection, text

from ektp.reading.errors import Unknown
from ektp.reading.moments import written
from ektp.reading.print_queue import stopped, waiting_by_office
from ektp.reading.scope import EVERYWHERE, Offices, require_inside
from schemas.roles import covers
from workflows.ledger import Place
from workflows.permissions import within
from workflows.supplies import printer_of
from workflows.timekeeping import Timekeeping

# It costs what the counts cost, not what there is of blanko.
_COUNTS: Final = text("""
select office, kind, key, sum(delta)::bigint as count from tallies
where kind in ('stock', 'loan', 'supply')
and (cast(:office as text) is null or office = :office or office like :office || '.%')
group by office, kind, key having sum(delta) <> 0 or kind = 'supply' order by office, kind, key
""")
_SERIAL: Final = text(
    "select serial, office, place, application, delivery_note, holder from blanko where serial = :serial"
)
_LIFE: Final = text("""
select m.moved, m.from_office, m.from_place, m.to_office, m.to_place, m.event, h.type, h.station, h.data, h.application
from movements m left join history h on h.id = m.event where m.serial = :serial order by m.seq
""")


def stock(
    connection: Connection, keeping: Timekeeping, office: str | None = None, offices: Offices = EVERYWHERE
) -> list[dict[str, Any]]:
    """Return of each office (or of one and its kecamatan) what it has, owes, and is running out of.

    `offices` are the regions of whoever asks.
    `low` names what is below the office's reorder point; `loans` is what another office owes, negative what it is owed.
    """
    found: dict[str, dict[str, Any]] = {}
    for code, kind, key, count in connection.execute(_COUNTS, {"office": office}):
        if not within(offices, code):
            continue
        told = found.setdefault(code, _empty(code))
        if kind == "supply":
            supply, printer = printer_of(key)
            (told["supplies"] if printer is None else told["printers"].setdefault(printer, {}))[supply] = int(count)
        elif kind == "loan" and "/" in key:
            other, _, supply = key.partition("/")
            told["supply_loans"].setdefault(other, {})[supply] = int(count)
        else:
            told["places" if kind == "stock" else "loans"][key] = int(count)
    return [_with_points(told, keeping) for told in found.values()]


def overview(  # noqa: PLR0913 - of what, by which rules, for whom, and which part of it
    connection: Connection,
    keeping: Timekeeping,
    *,
    office: str | None = None,
    offices: Offices = EVERYWHERE,
    after: str = "",
    most: int | None = None,
) -> list[dict[str, Any]]:
    """Return the same of the offices behind *after*, those also that have nothing and in which somebody waits.

    Each with `waiting`, how many wait for a card that it prints, and `stopped`, why the pipeline gives out nothing.
    """
    found = {told["office"]: told for told in stock(connection, keeping, office, offices)}
    waiting = waiting_by_office(connection, keeping)
    asked = {code for code in waiting if within(offices, code) and (office is None or covers(office, code))}
    shown = sorted(code for code in found.keys() | asked if code > after)[:most]
    why = dict(stopped(connection, keeping, [code for code in shown if waiting[code]]))
    return [
        {
            **(found.get(code) or _with_points(_empty(code), keeping)),
            "waiting": waiting[code],
            "stopped": why.get(code),
        }
        for code in shown
    ]


def in_store(told: Mapping[str, Any], what: str) -> int:
    """Return how many blanko, or pieces of a supply, an office of `stock` has to use."""
    count: int = told["places"][Place.IN_STOCK] if what == "blanko" else told["supplies"].get(what, 0)
    return count


def life_of(connection: Connection, serial: str, offices: Offices = EVERYWHERE) -> dict[str, Any]:
    """Return where a serial is, in the offices of whoever asks, and every movement that brought it there.

    Raises Unknown.
    """
    row = connection.execute(_SERIAL, {"serial": serial}).one_or_none()
    if row is None:
        raise Unknown("blanko", serial, "nobody has received or allocated it")
    require_inside(offices, row.office, "blanko", serial)
    return {
        "serial": row.serial,
        "office": row.office,
        "place": row.place,
        "application": str(row.application) if row.application else None,
        "delivery_note": row.delivery_note,
        "holder": row.holder,
        "movements": list(_movements(connection, serial)),
    }


def _with_points(told: dict[str, Any], keeping: Timekeeping) -> dict[str, Any]:
    reorder = dict(keeping.policy(told["office"]).reorder)
    low = [what for what, point in reorder.items() if in_store(told, what) < point]
    return {**told, "reorder": reorder, "low": low}


def _movements(connection: Connection, serial: str) -> Iterator[dict[str, Any]]:
    for row in connection.execute(_LIFE, {"serial": serial}):
        said = row.data or {}
        yield {
            "moved": written(row.moved),
            "from": {"office": row.from_office, "place": row.from_place} if row.from_office else None,
            "to": {"office": row.to_office, "place": row.to_place},
            "event": str(row.event),
            "type": row.type,
            "by": row.station,
            "document": said.get("document") or said.get("delivery_note"),
            "because": said.get("because") or said.get("cause"),
            "application": str(row.application) if row.application else None,
        }


def _empty(office: str) -> dict[str, Any]:
    places = {place.value: 0 for place in Place}
    return {"office": office, "places": places, "loans": {}, "supply_loans": {}, "supplies": {}, "printers": {}}
