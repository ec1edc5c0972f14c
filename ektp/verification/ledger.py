"""The ledger of blanko: each serial is at the one place where its application's turns put it."""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from ektp.verification.finding import Advance, Finding
from ektp.verification.rows import grouped, streamed
from workflows.ledger import OF_AN_APPLICATION, Place
from workflows.standing import Turn

#: Where an office's word may have put what an application's turn has spoiled.
_AFTER_SPOILED: Final = frozenset({Place.DESTROYED, Place.RETURNED, Place.MISSING})
_SERIALS: Final = text("""
select coalesce(b.serial, t.serial) as serial, b.place, b.application, t.owner, t.turn
from blanko b full join (
    select a.id as owner, turn ->> 'blanko' as serial, turn
    from applications a, json_array_elements(a.standing -> 'turns') as turn
) t on t.serial = b.serial
order by 1
""")


def blanko_have_one_place(connection: Connection, advance: Advance) -> list[Finding]:
    """I-6, I-8: no serial lives in two applications, and the ledger says what the turns say."""
    finding = Finding("blanko-have-one-place")
    for serial, rows in grouped(streamed(connection, _SERIALS, advance), lambda row: row.serial):
        finding.checked += 1
        wrong = _wrong(rows)
        finding.expect(not wrong, f"{serial}: {wrong}")
    return [finding]


def _wrong(rows: Iterator[Row[Any]]) -> str:
    """Return what is wrong with one serial: its ledger row, joined with every turn it was given in."""
    live: list[tuple[object, str]] = []
    place = owner = None
    for row in rows:
        place, owner = row.place, row.application
        if row.owner is not None and (at := Turn(**row.turn).place) != Place.IN_STOCK:
            live.append((row.owner, at))
    if place is None:
        return "is not in the ledger"
    if len(live) > 1:
        return f"lives in {len(live)} applications"
    if not live:
        return f"is {place} without an application" if owner or place in OF_AN_APPLICATION else ""
    if live[0] == (owner, Place.SPOILED) and place in _AFTER_SPOILED:
        return ""
    return (
        "" if live[0] == (owner, place) else f"is {place} ({owner}) in the ledger, {live[0][1]} ({live[0][0]}) by turn"
    )
