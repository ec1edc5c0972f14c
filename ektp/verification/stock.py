"""The movements of blanko: an unbroken chain for each serial, balances that are never negative, loans that add up."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, text

from ektp.reading.overdue import tallied
from ektp.verification.finding import Advance, Finding
from ektp.verification.rows import grouped, streamed
from schemas.upcasting import UPCASTERS, Said, Step, name_of, types_of, upcast

#: The event of what was there before the ledger was kept.
BEFORE: Final = UUID(int=0)
_CHAINS: Final = text("""
select coalesce(m.serial, b.serial) as serial, m.seq, m.from_office, m.from_place, m.to_office, m.to_place,
    b.office, b.place
from movements m full join blanko b on b.serial = m.serial order by 1, 2
""")
_IN_ORDER: Final = text("select from_office, from_place, to_office, to_place from movements order by seq")
_ROWS: Final = text("select office, place, count(*) from blanko group by 1, 2")
# Only what makes or ends a loan, and what ends the chance of one to come back: most of what moves is no loan.
_WORDS: Final = text("""
with words as materialized (
    select id, type, data from history where application is null and (
        (type = any(:received) and data->>'as' in ('loan', 'repayment'))
        or (type = any(:moved) and data->>'movement' in ('lent', 'paid-back', 'returned', 'came-back')))
)
select m.serial, w.type, w.data from movements m join words w on w.id = m.event order by m.serial, m.seq
""")
_ANSWERED_FOR: Final = text("""
select m.serial, m.to_place, h.data from movements m left join history h on h.id = m.event
where m.to_place in ('destroyed', 'missing') and m.from_place is distinct from m.to_place and m.event <> :before
""")


def movements_are_a_chain(connection: Connection, advance: Advance) -> list[Finding]:
    """Each serial comes from nowhere once, goes on from where it was, and ends where its row is."""
    finding = Finding("movements-are-a-chain")
    for serial, rows in grouped(streamed(connection, _CHAINS, advance), lambda row: row.serial):
        finding.checked += 1
        wrong = _broken(rows)
        finding.expect(not wrong, f"{serial}: {wrong}")
    return [finding]


def stock_is_balanced(connection: Connection, advance: Advance) -> list[Finding]:
    """No office ever had less than nothing in a place; what it has is what moved there, lies there and is tallied."""
    finding = Finding("stock-is-balanced")
    balances = Counter[tuple[str, str]]()
    for row in streamed(connection, _IN_ORDER, advance):
        if row.from_office is not None:
            balances[row.from_office, row.from_place] -= 1
            below = balances[row.from_office, row.from_place] < 0
            finding.expect(not below, f"{row.from_office} {row.from_place}: went below nothing")
        balances[row.to_office, row.to_place] += 1
    lying = {(office, place): int(count) for office, place, count in connection.execute(_ROWS)}
    told = {(office, place): count for office, place, count in tallied(connection, "stock")}
    for office, place in sorted({*balances, *lying, *told}):
        finding.checked += 1
        moved, rows, tally = balances[office, place], lying.get((office, place), 0), told.get((office, place), 0)
        finding.expect(moved == rows == tally, f"{office} {place}: {moved} moved there, {rows} lie, {tally} tallied")
    return [finding]


def loans_add_up(connection: Connection, advance: Advance, upcasters: Mapping[str, Step] = UPCASTERS) -> list[Finding]:
    """Compare what each office owes with what was lent to it, less what was paid back and came back."""
    finding = Finding("loans-add-up")
    owed = Counter[tuple[str, str]]()
    received, moved = (types_of(name, upcasters=upcasters) for name in ("blanko-received", "blanko-moved"))
    words = _WORDS.bindparams(received=received, moved=moved)
    for _, rows in grouped(streamed(connection, words, advance), lambda row: row.serial):
        _count_loans((upcast(row.type, row.data, upcasters) for row in rows), owed)
    told = {(office, other): count for office, other, count in tallied(connection, "loan") if "/" not in other}
    for office, other in sorted({*owed, *told}):
        finding.checked += 1
        here = owed[office, other], told.get((office, other), 0)
        finding.expect(here[0] == here[1], f"{office} and {other}: {here[0]} by movements, {here[1]} tallied")
    return [finding]


def two_people_answer(connection: Connection, _advance: Advance) -> list[Finding]:
    """Nothing is destroyed or missing without two different people."""
    finding = Finding("two-people-answer")
    for row in connection.execute(_ANSWERED_FOR, {"before": BEFORE}):
        finding.checked += 1
        names = {" ".join(str(name).casefold().split()) for name in (row.data or {}).get("by", ())}
        finding.expect(len(names) == 2, f"{row.serial}: {row.to_place}")
    return [finding]


def _broken(rows: Iterator[Row[Any]]) -> str:
    at: tuple[str | None, str | None] = (None, None)
    lies: tuple[str | None, str | None] = (None, None)
    for row in rows:
        if row.seq is None:
            return "no movement brought it"
        if at != (row.from_office, row.from_place):
            return f"movement {row.seq} goes on from elsewhere"
        at, lies = (row.to_office, row.to_place), (row.office, row.place)
    return "" if at == lies else "the last movement ends elsewhere"


def _count_loans(words: Iterator[tuple[str, Said]], owed: Counter[tuple[str, str]]) -> None:
    holder: str | None = None
    for type_, said in words:
        office, movement = said.get("office", ""), said.get("movement")
        if name_of(type_) == "blanko-received":
            owed[office, said.get("from", "")] -= 1
            continue
        if movement == "came-back" and holder is not None:
            owed[office, holder] -= 1
        holder = said.get("to") if movement in ("lent", "paid-back") else None
        if holder is not None:
            owed[office, holder] += 1
