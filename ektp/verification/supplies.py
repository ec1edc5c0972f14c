"""Ribbons, film and ink: what is in store is what came, less what went; nothing is ever less than nothing."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, text

from ektp.reading.overdue import tallied
from ektp.verification.finding import Advance, Finding
from ektp.verification.rows import streamed
from schemas.upcasting import UPCASTERS, Said, Step, name_of, types_of, upcast
from workflows.supplies import printer_of

_SAID: Final = text("""
select type, data from history where application is null and outcome = 'applied'
and type = any(:types) order by id
""")


def supplies_add_up(
    connection: Connection, advance: Advance, upcasters: Mapping[str, Step] = UPCASTERS
) -> list[Finding]:
    """Compare what each store has with what was said of it and the differences that were told."""
    finding = Finding("supplies-add-up")
    said = Counter[tuple[str, str]]()
    types = types_of("supplies-received", "supplies-moved", "supply-loaded", upcasters=upcasters)
    for row in streamed(connection, _SAID.bindparams(types=types), advance):
        type_, data = upcast(row.type, row.data, upcasters)
        _count(name_of(type_), data, said)
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


def _count(name: str, data: Said, said: Counter[tuple[str, str]]) -> None:
    office, supply, count = data.get("office", ""), data.get("supply", ""), data.get("count", 1)
    gains = name == "supplies-received" or data.get("movement") == "found"
    said[office, supply] += count if gains else -count
    if data.get("movement") == "transferred":
        said[data.get("to", ""), supply] += count
