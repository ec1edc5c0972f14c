"""Each invariant finds what was planted against it; an honest store violates none."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import psycopg
import pytest
from sqlalchemy import Engine

from consumers.journal import Journal
from consumers.timekeeper import Timekeeper
from ektp.repairing.selection import Selection
from ektp.storage.engine import transaction
from ektp.storage.messages.plans import PostgresMessagePlans
from ektp.storage.repairs.parking import discard
from ektp.storage.simulated_clock import forget_simulated_clock
from ektp.storage.stations.watching import PostgresStationWatch
from ektp.storage.steps.steps import add_steps
from ektp.storage.steps.tallies import fold_tallies
from ektp.storage.stock.shelves import PostgresShelves
from ektp.verification.finding import Finding
from ektp.verification.invariants import verify
from schemas.submission import Door, read_line
from tests.audited import STATION_ADDED, audit_of
from tests.command_line import CommandLine
from tests.histories import History, event, happy, recorded_again, shuffled, submission_of
from tests.plain_time import CALENDAR, PLAIN, SameEverywhere
from tests.planted import found_after
from tests.repair_shop import Shop
from tests.stock import stock_words
from tests.visit_words import promised_visit
from tests.waiting_store import waited
from workflows.deadlines import Policy
from workflows.messages import Manner
from workflows.stations import Thresholds
from workflows.steps.step import NewStep

NAMES: Final = [
    "counts-are-conserved",
    "ids-are-unique",
    "one-open-application-per-nik",
    "history-replays",
    "blanko-have-one-place",
    "movements-are-a-chain",
    "stock-is-balanced",
    "loans-add-up",
    "two-people-answer",
    "supplies-add-up",
    "held-events-still-wait",
    "notices-are-numbered",
    "requests-are-numbered",
    "stock-letters-are-numbered",
    "station-notices-are-numbered",
    "alerts-are-open-once",
    "steps-end-once",
    "messages-are-one-for-a-fact",
    "notices-are-told",
    "repairs-are-true",
    "sukets-are-numbered",
    "one-suket-in-force",
    "sukets-are-counted",
    "visits-are-kept",
    "requests-are-awaited",
    "wanted-is-asked-for",
    "deleted-before-recorded-again",
    "no-duplicate-recorded-again",
    "no-person-in-clear",
    "deadlines-are-set",
    "waits-add-up",
    "situations-are-true",
    "queue-is-in-order",
    "station-days-add-up",
    "days-add-up",
    "audit-is-whole",
]
NIK: Final = "3374106508999901"
ONE: Final = "(select id from applications where state = 'collected' order by id limit 1)"
#: invariant -> what breaks it; each is planted in a store of its own.
PLANTED: Final = [
    ("counts-are-conserved", "delete from tallies where seq = (select min(seq) from tallies where kind = 'event')"),
    ("counts-are-conserved", "insert into tallies (office, kind, key, delta) values ('33.74', 'state', 'printed', 1)"),
    ("counts-are-conserved", "insert into tallies (office, kind, key, delta) values ('33.74', 'stuck', 'printed', 1)"),
    ("counts-are-conserved", "delete from parked"),
    (
        "ids-are-unique",
        ("insert into held (id, subject, application, type, waits_for, door, station, source, time, data, digest)"
        " select id, subject, application, type, 'waits-for-print', door, station, source, time, data, digest"
        " from history where type like '%printed%' limit 1"),
    ),
    (
        "one-open-application-per-nik",
        "drop index one_open_application_per_nik; update applications set nik_key = '\\x00' where state <> 'collected'",
    ),
    ("history-replays", f"update history set version = version + 1 where application = {ONE} and version > 2"),
    ("history-replays", f"update history set after = 'printed' where application = {ONE} and version = 2"),
    ("history-replays", f"update history set outcome = 'superseded' where application = {ONE} and version = 2"),
    ("history-replays", f"delete from history where application = {ONE} and version = 5"),
    ("history-replays", f"delete from history where application = {ONE}"),
    ("history-replays", f"delete from applications where id = {ONE}"),
    ("history-replays", f"update applications set state = 'printed' where id = {ONE}"),
    ("history-replays", f"update applications set version = 6 where id = {ONE}"),
    ("history-replays", f"update applications set attempt = attempt + 1 where id = {ONE}"),
    ("history-replays", "update history set data = '{}' where version = 1"),
    ("messages-are-one-for-a-fact", "update messages set state = 'sent'"),
    ("messages-are-one-for-a-fact", "delete from steps where kind = 'deliver-message'"),
    ("notices-are-told", "delete from messages where sequence = 1"),
    ("blanko-have-one-place", "update blanko set place = 'in-stock' where place = 'collected'"),
    ("blanko-have-one-place", "update blanko set application = gen_random_uuid() where place = 'collected'"),
    ("blanko-have-one-place", "delete from blanko where place = 'allocated'"),
    ("blanko-have-one-place", "insert into blanko (serial, office, place) values ('STRAY1', '33.74', 'printed')"),
    (
        "blanko-have-one-place",
        ("update applications set standing = (select standing from applications where state = 'allocated' limit 1)"
        f" where id = {ONE}"),
    ),
    ("held-events-still-wait", ("update held set data = '{\"attempt\": 1}', type = 'id.ektp.data-verified.v1'"
     " where waits_for = 'waits-for-verification'")),
    ("held-events-still-wait", "update held set nik_key = '\\x01' where waits_for = 'nik-has-open-application'"),
    ("held-events-still-wait", "update held set type = 'id.ektp.verification-failed.v1', data = '{}'"),
    ("notices-are-numbered", "delete from outbox where seq = (select min(seq) from outbox)"),
    ("notices-are-numbered", "delete from outbox where exchange = 'ektp.notices'"),
    ("notices-are-numbered", f"update applications set notices = notices + 1 where id = {ONE}"),
    (
        "notices-are-numbered",
        ("update outbox set body = replace(body, '\"sequence\":\"2\"', '\"sequence\":\"3\"')"
        f" where exchange = 'ektp.notices' and application = {ONE}"),
    ),
    ("notices-are-numbered", f"update outbox set application = gen_random_uuid() where application = {ONE}"),
    ("requests-are-numbered", "delete from outbox where exchange = 'ektp.requests'"),
    ("requests-are-numbered", "update applications set requests = requests - 1 where requests > 0"),
    ("stock-letters-are-numbered", "delete from outbox where routing_key like 'stock-low.%'"),
    ("stock-letters-are-numbered", "update stock_alerts set told = 2"),
    ("steps-end-once", "update steps set state = 'done'"),
    ("steps-end-once", "update steps set finished = now()"),
    ("steps-end-once", "update steps set leased_until = now()"),
    ("sukets-are-numbered", "update suket set number = replace(number, '/000001/', '/000002/')"),
    ("sukets-are-numbered", "update suket_numbers set last = last + 1"),
    ("sukets-are-numbered", "delete from suket"),
    ("one-suket-in-force", "update suket set withdrawn = now()"),
    ("one-suket-in-force", "update suket set valid_until = valid_until + interval '1 day'"),
    ("one-suket-in-force", "update suket set application = gen_random_uuid()"),
    (
        "one-suket-in-force",
        ("drop index suket_in_force; insert into suket (number, code, application, office, issued, valid_until)"
        " select number || '0', code || '0', application, office, issued, valid_until from suket"),
    ),
    ("sukets-are-counted", "update history set outcome = 'superseded' where type = 'id.ektp.suket-issued.v1'"),
    ("sukets-are-counted", "delete from suket"),
    ("sukets-are-counted", "insert into tallies (office, kind, key, delta) values ('33.74', 'suket', 'in-force', 1)"),
    ("visits-are-kept", "update visits set state = 'held'"),
    ("visits-are-kept", "update visit_guests set state = 'met'"),
    ("visits-are-kept", "delete from outbox where routing_key like 'visit-announced.%'"),
    ("requests-are-awaited", "delete from steps where kind = 'await-answer'"),
    ("requests-are-awaited", "update steps set key = key || '1' where kind = 'await-answer'"),
    ("requests-are-awaited", "update steps set application = gen_random_uuid() where kind = 'await-answer'"),
    ("wanted-is-asked-for", "update steps set state = 'done', finished = now() where kind = 'await-answer'"),
    (
        "wanted-is-asked-for",
        ("update steps set data = (replace(data::text, 'print-card', 'void-print'))::json"
        " where data->>'ask' = 'print-card'"),
    ),
    ("deleted-before-recorded-again", "delete from history where type = 'id.ektp.central-record-deleted.v1'"),
    (
        "deleted-before-recorded-again",
        ("update history set version = 99 where type = 'id.ektp.recorded.v1' and version = 1"
        " and application in (select application from history where type = 'id.ektp.central-record-deleted.v1');"
        "update history set data = (replace(data::text, '\"attempt\":1', '\"attempt\":5'))::json where version = 99"),
    ),
    (
        "no-duplicate-recorded-again",
        ("update history set data = '{\"attempt\": 1, \"status\": \"DUPLICATE_RECORD\"}'"
        " where type = 'id.ektp.verification-failed.v1'"),
    ),
    ("deadlines-are-set", "update applications set due_at = null"),
    ("deadlines-are-set", "update applications set due_at = now() where state = 'collected'"),
    ("deadlines-are-set", "update applications set due_at = due_at + interval '30 days' where due_at is not null"),
    (
        "waits-add-up",
        "update applications set timers = jsonb_set(timers::jsonb, '{gross}', '7')::json where state = 'allocated'",
    ),
    (
        "waits-add-up",
        ("update applications set timers ="
         " jsonb_set(timers::jsonb, '{waited}', '{\"centre\": 5, \"office\": -5}')::json"
        " where state = 'allocated'"),
    ),
    ("situations-are-true", "update applications set situation = 'printed' where state = 'collected'"),
    ("queue-is-in-order", "update applications set lane = 'urgent' where state = 'verified'"),
    ("queue-is-in-order", "update applications set queued = null where state = 'verified'"),
    ("queue-is-in-order", "update applications set queued = now() where state = 'collected'"),
    ("queue-is-in-order", "update applications set prints_at = '33.75' where state = 'verified'"),
    ("queue-is-in-order", "insert into tallies (office, kind, key, delta) values ('33.74', 'given', '2026-02-09', 1)"),
    ("days-add-up", "insert into tallies (office, kind, key, delta) values ('33.74', 'day', '2026-02-09 in', 1)"),
    ("days-add-up", "delete from tallies where kind = 'day' and key like '% collected'"),
    ("days-add-up", "update tallies set delta = delta + 1 where kind = 'day' and key like '% took-%'"),
    ("days-add-up", "insert into office_days select unnest(array['kept', 'took-1']), '2026-02-09', '33.74', 1"),
    ("no-person-in-clear", f"update history set data = '{{\"name\": \"{NIK}\"}}' where version is null"),
    ("no-person-in-clear", f"update held set data = ('{{\"where\": \"{NIK}\", ' || ltrim(data::text, '{{'))::json"),
    ("no-person-in-clear", f"update outbox set body = replace(body, '33.74.10', '33.74.10 {NIK}')"),
    ("no-person-in-clear", f"update parked set detail = 'the NIK {NIK} cannot be'"),
    ("no-person-in-clear", f"insert into alert_mutes (rule, until, by, because) values ('x', now(), 'a', '{NIK}')"),
    ("no-person-in-clear", f"update steps set data = '{{\"nik\": \"{NIK}\"}}'"),
]  # fmt: skip


@pytest.fixture
def store(open_journal: Callable[[], Journal], engine: Engine, timekeeper: Timekeeper) -> Journal:
    """Fill a store with a little of everything: ended, open, held, parked, stock, a step, a letter."""
    journal = open_journal()
    waited(engine, journal, timekeeper)
    forget_simulated_clock(engine)
    open_one, early = History().recorded().verified().allocated(), History().recorded().allocated()
    printed = History().recorded().verified().allocated().printed()
    told = [
        *happy().events,
        *printed.events,
        *promised_visit(printed),
        *recorded_again().events,
        *open_one.events,
        *early.events,
        *History().recorded().verified().events,
        event(History().application, "recorded", **open_one.events[0]["data"]),
        event("33.74", "blanko-received", office="33.74", first="ST001", last="ST003", delivery_note="BA-1"),
        *stock_words(),
        event("st337401", "station-day-closed", date="2026-02-12", count=99_999, last_sequence="99999"),
    ]
    journal.apply([submission_of(one) for one in told])
    journal.apply([read_line(b"{not json", door=Door.CLI)])
    Shop(engine, journal).plan(Selection(reason="not-json"), kind=None, said=b"")
    with transaction(engine) as connection:
        add_steps(connection, [NewStep("fold-tallies", "fold-tallies:one", open_one.application)])
    audit_of(engine).note(STATION_ADDED)
    PostgresShelves(engine, SameEverywhere(CALENDAR, Policy(reorder=(("blanko", 10_000),)))).watch()
    PostgresStationWatch(engine, PLAIN, Thresholds(patience=timedelta())).watch()
    PostgresMessagePlans(engine, PLAIN, lambda _office: Manner()).plan()
    return journal


def violated(engine: Engine) -> dict[str, int]:
    """Return the invariants that are violated, and how often."""
    return {finding.name: finding.violations for finding in verify(engine, PLAIN) if finding.violations}


def test_an_honest_store_violates_nothing(store: Journal, engine: Engine) -> None:
    """And every invariant has something to look at."""
    findings: list[Finding] = list(verify(engine, PLAIN))
    assert [finding.name for finding in findings] == NAMES
    assert [finding for finding in findings if finding.violations] == []
    assert [finding.name for finding in findings if not finding.checked] == []


@pytest.mark.parametrize(
    ("invariant", "planted"), PLANTED, ids=[f"{name}-{at}" for at, (name, _) in enumerate(PLANTED)]
)
def test_a_planted_violation_is_found(
    store: Journal, engine: Engine, database_url: str, invariant: str, planted: str
) -> None:
    """Whoever changes the store behind the journal's back is found out, with where to look."""
    findings = found_after(engine, database_url, planted)
    assert findings[invariant].violations >= 1
    assert findings[invariant].examples


def test_disorder_repetition_and_housekeeping_violate_nothing(store: Journal, engine: Engine) -> None:
    """More rows than a cursor fetches at once, in random order, with folding of the tallies in between."""
    histories = [happy() if number % 3 else recorded_again() for number in range(240)]
    events = [one for history in histories for one in history.submissions()]
    looked_at: list[int] = []
    disordered = list(shuffled(events, 7))
    for start in range(0, len(disordered), 200):
        store.apply(disordered[start : start + 200])
        fold_tallies(engine, least=1)
    findings = list(verify(engine, PLAIN, looked_at.append))
    assert [finding for finding in findings if finding.violations] == []
    checked = {finding.name: finding.checked for finding in findings}
    assert checked["history-replays"] == checked["notices-are-numbered"] == 240 + 7
    assert checked["ids-are-unique"] > len(events)
    assert sum(looked_at) > 2 * len(events)
    assert max(looked_at) <= 1000  # rows in memory at a time


def test_what_was_discarded_still_counts_as_parked(store: Journal, engine: Engine, database_url: str) -> None:
    """It is closed, not gone."""
    with psycopg.connect(database_url) as connection:
        ids = [row[0] for row in connection.execute("select id from parked")]
    assert discard(engine, ids, by="Contoh", because="a test") == set(ids)
    assert discard(engine, ids, by="Contoh", because="again") == set()
    assert violated(engine) == {}


def test_the_command_says_yes_or_no(store: Journal, ektp: CommandLine, database_url: str) -> None:
    """Exit code 0 and 1; the JSON of the contract; and examples for a person."""
    told = ektp.ask("verify")
    assert told["ok"] is True
    assert [(one["name"], one["violations"]) for one in told["invariants"]] == [(name, 0) for name in NAMES]
    with psycopg.connect(database_url) as connection:
        connection.execute("update blanko set place = 'in-stock' where place = 'collected'")
    assert ektp.ask("verify", expect=1)["ok"] is False
    assert "blanko-have-one-place: " in ektp("verify").err
