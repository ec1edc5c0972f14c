"""Each invariant of the ledger finds what was planted against it."""

from collections.abc import Callable
from typing import Final

import pytest
from sqlalchemy import Engine

from consumers.journal import Journal
from ektp.verification.invariants import verify
from tests.histories import History
from tests.plain_time import PLAIN
from tests.planted import found_after
from tests.stock import moved, stock_words, told

LAST: Final = "select max(seq) from movements"
TWICE: Final = """
update history set data = jsonb_set(data::jsonb, '{by}', '["A b", "a  B"]')::json where data->>'movement' = 'destroyed'
"""
PLANTED: Final = [
    ("movements-are-a-chain", "delete from movements where serial = 'LG0001' and from_place is null"),
    ("movements-are-a-chain", f"update movements set to_place = 'missing' where seq = ({LAST})"),
    ("movements-are-a-chain", f"update movements set from_office = '33.75' where seq = ({LAST})"),
    ("movements-are-a-chain", "delete from movements where serial = 'LG0009'"),
    ("movements-are-a-chain", "update blanko set place = 'returned' where serial = 'LG0009'"),
    ("stock-is-balanced", "delete from movements where from_place is null and serial <> 'LG0001'"),
    ("stock-is-balanced", "delete from blanko where serial = 'LG0009'"),
    ("stock-is-balanced", "update tallies set delta = delta - 1 where kind = 'stock' and key = 'lent'"),
    ("stock-is-balanced", "insert into tallies (office, kind, key, delta) values ('33.74', 'stock', 'in-stock', 1)"),
    ("loans-add-up", "insert into tallies (office, kind, key, delta) values ('33.74', 'loan', '33.22', 5)"),
    ("loans-add-up", "delete from movements where to_place = 'lent' and serial = 'LG0002'"),
    ("two-people-answer", "update history set data = (data::jsonb - 'by')::json where data->>'movement' = 'missing'"),
    ("two-people-answer", TWICE),
    ("supplies-add-up", "insert into tallies (office, kind, key, delta) values ('33.74', 'supply', 'ribbon', 1)"),
    ("supplies-add-up", "update tallies set delta = -1 where kind = 'supply' and key = 'ribbon@printer9'"),
    ("supplies-add-up", "delete from history where type = 'id.ektp.supply-loaded.v1'"),
    ("two-people-answer", "delete from history where data->>'movement' = 'destroyed'"),
]


@pytest.fixture
def store(open_journal: Callable[[], Journal]) -> Journal:
    """Fill a store with every kind of movement."""
    journal = open_journal()
    spoiled = History(31).recorded().verified().allocated()
    spoiled.tell("print-failed", station="printer1", blanko=spoiled.blanko(), printer="printer1", cause="ribbon")
    outcomes = journal.apply([*told(*stock_words()), *spoiled.submissions()])
    outcomes = [*outcomes, *journal.apply(told(moved("destroyed", spoiled.blanko())))]
    assert {outcome.outcome.value for outcome in outcomes} == {"applied"}
    return journal


def test_an_honest_ledger_violates_nothing(store: Journal, engine: Engine) -> None:
    """Also where the office has destroyed what an application's printer had spoiled."""
    assert [finding for finding in verify(engine, PLAIN) if finding.violations] == []


@pytest.mark.parametrize(("invariant", "planted"), PLANTED)
def test_a_planted_violation_of_the_ledger_is_found(
    store: Journal, engine: Engine, database_url: str, invariant: str, planted: str
) -> None:
    """Whoever changes the ledger behind the journal's back is found out, with where to look."""
    findings = found_after(engine, database_url, planted)
    assert findings[invariant].violations >= 1
    assert findings[invariant].examples
