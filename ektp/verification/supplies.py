"""Ribbons, film and ink: what is in store is what came, less what went; nothing is ever less than nothing."""

from collections import Counter
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from ektp.reading.overdue import tallied
from ektp.verification.finding import Advance, Finding
from ektp.verification.rows import streamed
from workflows.supplies import printer_of

_SAID: Final = text("""
select type, data from history where application is null and outcome = 'applied'
and type in ('id.ektp.supplies-received.v1', 'id.ektp.supplies-moved.v1', 'id.ektp.supply-loaded.v1') order by id
""")


def supplies_add_up(connection: Connection, advance: Advance) -> list[Finding]:
    """Compare what each store has with what was said of it and the differences that were told."""
    finding = Finding("supplies-add-up")
    said = Counter[tuple[str, str]]()
    for row in streamed(connection, _SAID, advance):
        _count(row, said)
    told = {(office, key): count for office, key, count in tallied(connection, "supply")}
    for office, key, count in tallied(connection, "supply-difference"):
        said[office, key] += count
    for office, key in sorted({*said, *told}):
        finding.checked += 1
        count = told.get((office, key), 0)
        if printer_of(key)[1] is None:
            finding.expect(count == said[office, key], f"{office} {key}: {count} tallied, {said[office, key]} said")
        finding.expect(count >= 0, f"{office} {key}: {count}, less than nothing")
    return [finding]


def _count(row: Row[Any], said: Counter[tuple[str, str]]) -> None:
    data = row.data
    office, supply, count = data.get("office", ""), data.get("supply", ""), data.get("count", 1)
    gains = row.type == "id.ektp.supplies-received.v1" or data.get("movement") == "found"
    said[office, supply] += count if gains else -count
    if data.get("movement") == "transferred":
        said[data.get("to", ""), supply] += count
