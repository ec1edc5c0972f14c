"""A store with what older releases wrote: it is rebuilt, what was held goes on, and what comes again is known."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Engine

from consumers.journal import Journal
from consumers.outcome import OutcomeKind
from ektp.reading.snapshot import snapshot
from ektp.storage.engine import transaction
from ektp.storage.journal.books import PostgresBooks
from ektp.storage.secrets.vault import Vault
from ektp.verification.clearance import days_add_up
from ektp.verification.finding import Finding
from ektp.verification.invariants import verify
from ektp.verification.recordings import recorded_again_in_order
from ektp.verification.replay import history_replays
from ektp.verification.stations import station_days_add_up
from tests.histories import happy, recorded_again, submission_of
from tests.older import OLDER, as_in_v0, as_in_v00
from tests.plain_time import PLAIN


def age(engine: Engine, table: str, type_: str, older: Callable[[Mapping[str, Any]], dict[str, Any]]) -> int:
    """Make every `recorded` of a table look as an older release wrote it; return how many."""
    with transaction(engine) as connection:
        rows = connection.execute(f"select id, data from {table} where type = 'id.ektp.recorded.v1'").fetchall()
        for identity, data in rows:
            changed = [type_, Jsonb(older(data)), identity]
            connection.execute(f"update {table} set type = %s, data = %s where id = %s", changed)
    return len(rows)


def replayed(engine: Engine, upcasters: Mapping[str, Any]) -> Finding:
    """Rebuild every application from its history."""
    with snapshot(engine) as connection:
        (finding,) = history_replays(connection, lambda _rows: None, upcasters)
    return finding


def test_applications_are_rebuilt_from_what_older_releases_wrote(
    engine: Engine, open_journal: Callable[[], Journal]
) -> None:
    """Through one step and through two, to the very standing that is stored; without the table they are not."""
    for history in (happy(), recorded_again()):
        open_journal().apply(history.submissions())
    for type_, older in (("id.ektp.recorded.v0", as_in_v0), ("id.ektp.taken.v1", as_in_v00)):
        with transaction(engine) as connection:
            kept = connection.execute("select id, type, data from history").fetchall()
        assert age(engine, "history", type_, older) == 3
        assert (replayed(engine, OLDER).checked, replayed(engine, OLDER).violations) == (2, 0)
        assert replayed(engine, {}).violations == 2
        with transaction(engine) as connection:
            for identity, was, data in kept:
                connection.execute(
                    "update history set type = %s, data = %s where id = %s", [was, Jsonb(data), identity]
                )


def aged_findings(engine: Engine, upcasters: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """Run every check that asks for a recording by its type; return what each looked at and what it found wrong."""
    checks = (
        partial(recorded_again_in_order, upcasters=upcasters),
        station_days_add_up(PLAIN, upcasters),
        days_add_up(PLAIN, upcasters),
    )
    with snapshot(engine) as connection:
        found = [one for check in checks for one in check(connection, lambda _rows: None)]
    return {one.name: (one.checked, one.violations) for one in found}


def test_what_is_counted_by_type_is_counted_of_older_releases_too(
    engine: Engine, open_journal: Callable[[], Journal]
) -> None:
    """As much is looked at as before, and nothing is wrong; without the table days and attempts are."""
    for history in (happy(), recorded_again()):
        open_journal().apply(history.submissions())
    before = aged_findings(engine, OLDER)
    assert age(engine, "history", "id.ektp.taken.v1", as_in_v00) == 3
    assert aged_findings(engine, OLDER) == before
    assert [wrong for _, wrong in before.values()] == [0] * len(before)
    assert before["deleted-before-recorded-again"] == (3, 0)
    blind = aged_findings(engine, {})
    assert blind["deleted-before-recorded-again"][0] == 0
    assert blind["station-days-add-up"][1] > 0
    assert blind["days-add-up"][1] > 0


def test_what_an_older_release_held_goes_on_as_today(engine: Engine, open_journal: Callable[[], Journal]) -> None:
    """A second recording that waited for the deletion: applied with it, and every invariant holds."""
    history = recorded_again()
    again = next(one for one in history.events if one["data"].get("attempt") == 2)
    rest = [one for one in history.events if one is not again]
    cut = next(number for number, one in enumerate(rest) if one["type"] == "id.ektp.central-record-deleted.v1")
    journal = open_journal()
    journal.apply([submission_of(one) for one in rest[:cut]])
    (waits,) = journal.apply([submission_of(again)])
    assert waits.outcome is OutcomeKind.HELD
    assert age(engine, "held", "id.ektp.taken.v1", as_in_v00) == 1
    vault = Vault(b"s" * 32, b"n" * 32)
    later = Journal(PostgresBooks(engine, vault, OLDER), vault, PLAIN)
    later.apply([submission_of(one) for one in rest[cut:]])
    with transaction(engine) as connection:
        told = connection.execute("select type, data from history where id = %s", [again["id"]]).fetchone()
        state = connection.execute("select state, attempt from applications").fetchone()
    assert told is not None
    assert (told[0], told[1]["attempt"], told[1]["office"]) == ("id.ektp.recorded.v1", 2, again["data"]["office"])
    assert state == ("collected", 2)
    assert [finding for finding in verify(engine, PLAIN) if finding.violations] == []
    assert [one.outcome for one in later.apply([submission_of(json.loads(json.dumps(again)))])] == [
        OutcomeKind.REPEATED
    ]
