"""The audit in the real table: who did what is noted with the act, and whoever changes it is found out."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from consumers.acts import Act
from consumers.errors import StoreRefused
from ektp.storage.engine import transaction
from ektp.storage.people.audit import PostgresAudit
from ektp.verification.audit import walked
from ektp.verification.invariants import verify
from tests.audit_key import AUDIT_KEY
from tests.audited import audit_of
from tests.command_line import CommandLine
from tests.plain_time import PLAIN

NIK = "3374106508999901"
#: what somebody does to the table with the trigger switched off -> the first row that is wrong.
TAMPERED: dict[str, tuple[str, int]] = {
    "an actor": ("update audit set actor = 'another' where seq = 5", 5),
    "a detail": ("update audit set detail = detail || '{\"n\": 50}' where seq = 5", 5),
    "a number written as text": ("update audit set detail = '{\"n\": \"5\"}' where seq = 5", 5),
    "a moment": ("update audit set at = at - interval '1 microsecond' where seq = 5", 5),
    "a mac": ("update audit set mac = sha256(mac) where seq = 5", 5),
    "a row gone": ("delete from audit where seq = 4", 4),
    "the first row gone": ("delete from audit where seq = 1", 1),
    "a row gone and the gap closed": (
        ("delete from audit where seq = 4;"
        "update audit set seq = -seq where seq > 4; update audit set seq = -seq - 1 where seq < 0"), 4
    ),
    "a row put in": (
        ("update audit set seq = -seq where seq > 3; update audit set seq = -seq + 1 where seq < 0;"
        "insert into audit select 4, at, actor, what, about, detail, mac from audit where seq = 9"), 4
    ),
    "a row put at the end": (
        "insert into audit select 11, at, actor, what, about, detail, mac from audit where seq = 2", 11
    ),
    "two rows swapped": (
        ("update audit set seq = -3 where seq = 3; update audit set seq = 3 where seq = 6;"
        "update audit set seq = 6 where seq = -3"), 3
    ),
}  # fmt: skip


@pytest.fixture
def audit(engine: Engine) -> PostgresAudit:
    """Give the audit of this test's database."""
    return audit_of(engine)


@pytest.fixture
def ten(audit: PostgresAudit) -> PostgresAudit:
    """Give an audit in which ten acts are noted."""
    for number in range(1, 11):
        audit.note(Act("operator", "station-added", f"st{number}", {"n": number, "because": None}))
    return audit


def tamper(database_url: str, statements: str) -> None:
    """Do it as somebody who may do everything in this database."""
    with psycopg.connect(database_url) as connection:
        connection.execute("alter table audit disable trigger user")
        connection.execute("alter table audit drop constraint audit_seq_check")
        for statement in statements.split(";"):
            assert connection.execute(statement).rowcount
        connection.execute("alter table audit enable trigger user")


@pytest.mark.parametrize("what", TAMPERED)
def test_whatever_is_done_to_the_table_is_found_at_its_row(
    ten: PostgresAudit, ektp: CommandLine, database_url: str, what: str
) -> None:
    """Exit code 1, the number of the first row that is wrong, and one of `ektp verify`'s invariants."""
    assert ektp.ask("audit", "verify")["ok"] is True
    statements, first = TAMPERED[what]
    tamper(database_url, statements)
    told = ektp.ask("audit", "verify", expect=1)
    assert (told["ok"], told["first"]) == (False, first)
    assert ektp("audit", "verify").out.startswith(f"row {first} is ")
    found = {one["name"]: one["violations"] for one in ektp.ask("verify", expect=1)["invariants"]}
    assert found["audit-is-whole"] == told["broken"] >= 1


def test_what_was_cut_off_is_found_by_an_exported_head(
    ten: PostgresAudit, ektp: CommandLine, database_url: str, tmp_path: Path
) -> None:
    """Also where new rows came in place of those that are gone: the rest without them is a good chain."""
    head = tmp_path / "head.json"
    head.write_text(ektp("audit", "head", "--json").out)
    assert json.loads(head.read_text())["seq"] == 10
    assert ektp.ask("audit", "verify", "--head", head)["ok"] is True
    tamper(database_url, "delete from audit where seq > 7")
    assert ektp.ask("audit", "verify")["ok"] is True
    assert ektp.ask("audit", "verify", "--head", head, expect=1)["first"] == 8
    for number in range(3):
        ten.note(Act("operator", "station-added", f"other{number}"))
    assert ektp.ask("audit", "verify", "--head", head, expect=1)["first"] == 10
    head.write_text("{}")
    assert ektp("audit", "verify", "--head", head).code == 2


def test_another_key_is_told_from_a_broken_chain(
    ten: PostgresAudit, ektp: CommandLine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database remembers which key it was; where it is made to forget, no row fits."""
    assert ektp.ask("audit", "verify")["ok"] is True
    monkeypatch.setenv("EKTP_AUDIT_KEY", "not the one with which it all began")
    answer = ektp("audit", "verify")
    assert (answer.code, "EKTP_AUDIT_KEY" in answer.err) == (2, True)
    with psycopg.connect(database_url) as connection:
        connection.execute("delete from keyring where name = 'audit-key'")
    told = ektp.ask("audit", "verify", expect=1)
    assert (told["first"], told["broken"]) == (1, 10)


def test_a_key_that_is_elsewhere_is_not_made_anew(
    ten: PostgresAudit, ektp: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The audit cannot be verified or added to without it; `verify` says what it did not look at."""
    assert ektp.ask("audit", "verify")["ok"] is True
    monkeypatch.delenv("EKTP_AUDIT_KEY")
    answer = ektp("audit", "verify")
    assert (answer.code, "is not here" in answer.err) == (2, True)
    assert not (tmp_path / "home" / "keys" / "audit-key").exists()
    answer = ektp("verify")
    assert "only the numbers" in answer.err


@pytest.mark.parametrize(
    "statement",
    ["update audit set actor = 'x'", "delete from audit", "delete from audit where false", "truncate audit"],
)
def test_the_table_is_only_ever_added_to(ten: PostgresAudit, engine: Engine, statement: str) -> None:
    """As long as nobody switches that off."""
    with pytest.raises(StoreRefused), transaction(engine) as connection:
        connection.execute(statement)


def test_many_at_once_make_one_chain(audit: PostgresAudit, engine: Engine) -> None:
    """From 1 without gaps, each row behind the one before, the moments in order."""
    start = threading.Barrier(8)

    def note(worker: int) -> None:
        start.wait(10)
        for number in range(25):
            audit.note(Act(f"worker{worker}", "station-added", f"st{number}"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(note, range(8)))
    with engine.connect() as connection:
        walk = walked(connection, AUDIT_KEY, None, lambda _rows: None)
        in_order = connection.exec_driver_sql("select bool_and(at >= before) from (select at, lag(at) over (order by"
                                              " seq) as before from audit) as moments").scalar()  # fmt: skip
    assert (walk.rows, walk.broken, walk.head.seq, in_order) == (200, 0, 200, True)


def test_an_act_that_fails_is_not_noted_and_one_that_is_not_noted_is_not_done(
    audit: PostgresAudit, engine: Engine
) -> None:
    """Both are one transaction, and a number that was not used is used by the next."""

    def fail() -> None:
        with transaction(engine) as connection:
            audit.chain.append(connection, Act("operator", "station-added", "st1"))
            connection.execute("insert into audit (seq, at, actor, what, about, mac) values (0, now(), '', '', '', '')")

    with pytest.raises(StoreRefused):
        fail()
    audit.note(Act("operator", "station-added", "st2"))
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("select seq, about from audit").fetchall()
    assert [tuple(row) for row in rows] == [(1, "st2")]


def test_no_nik_gets_into_it_and_every_text_can_be_kept(audit: PostgresAudit, engine: Engine) -> None:
    """Whoever typed one as a reason or a name; and a text that PostgreSQL cannot hold spoils no act."""
    audit.note(Act(f"op {NIK}", "item-discarded", NIK, {"because": f"wrong NIK {NIK}", "number": int(NIK), "ok": 7}))
    audit.note(Act("op\0erator", "item-discarded", "x\ud800y", {"because": "Sĕmarang ✓\n"}))
    with engine.connect() as connection:
        said = connection.exec_driver_sql("select jsonb_agg(audit) from audit").scalar()
        assert walked(connection, AUDIT_KEY, None, lambda _rows: None).broken == 0
    assert said is not None
    assert NIK not in str(said)
    assert json.loads(json.dumps(said))[0]["detail"]["ok"] == 7


def test_a_nik_that_somebody_else_wrote_there_is_found(engine: Engine) -> None:
    """By the invariant that looks for persons in clear."""
    with transaction(engine) as connection:
        connection.execute(
            "insert into audit (seq, at, actor, what, about, mac) values (1, now(), 'x', 'y', %s, '')", [NIK]
        )
    found = {one.name: one.violations for one in verify(engine, PLAIN)}
    assert found["no-person-in-clear"] == 1


def test_the_list_shows_the_newest_first_and_filters(ten: PostgresAudit, ektp: CommandLine) -> None:
    """By who, what and about what."""
    ten.note(Act("auditor", "head-exported", "audit"))
    rows = ektp.ask("audit", "list")
    assert [row["seq"] for row in rows] == list(range(11, 0, -1))
    assert set(rows[0]) == {"seq", "at", "actor", "what", "about", "detail"}
    assert [row["about"] for row in ektp.ask("audit", "list", "--about", "st3")] == ["st3"]
    assert [row["seq"] for row in ektp.ask("audit", "list", "--actor", "auditor")] == [11]
    assert ektp.ask("audit", "list", "--what", "nothing-done") == []
    assert "head-exported" in ektp("audit", "list").out
