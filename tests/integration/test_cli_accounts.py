"""The accounts of people at the keyboard: added, listed, disabled, renewed, each told to the audit."""

import io
import json
import sys
from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from consumers.errors import StoreRefused
from ektp.errors import OwnAdministration, WrongUse
from ektp.people.people import grant_of, people_on
from ektp.storage.engine import transaction
from tests.audited import audit_of
from tests.command_line import Answer, CommandLine
from tests.visitor import PASSWORD


def test_somebody_is_added_with_a_password_that_is_shown_once(ektp: CommandLine, engine: Engine) -> None:
    """It is the right one; the list tells roles, offices and when, and no password."""
    told = ektp.ask("accounts", "add", "siti.aminah", "--role", "operator", "--role", "viewer", "--office", "33.74.10")
    assert set(told) == {"account", "roles", "offices", "password"}
    people = people_on(engine, audit_of(engine).chain)
    assert people.knows("siti.aminah", told["password"])
    assert not people.knows("siti.aminah", told["password"].lower())
    (listed,) = ektp.ask("accounts", "list")
    assert (listed["account"], listed["kind"]) == ("siti.aminah", "person")
    assert (listed["roles"], listed["offices"], listed["disabled"]) == (["viewer", "operator"], ["33.74.10"], None)
    assert told["password"] not in json.dumps(listed)
    answer = ektp("accounts", "list")
    assert "siti.aminah" in answer.out
    assert ektp("accounts", "add", "siti.aminah", "--role", "viewer", "--office", "all").code == 1


def test_a_password_may_come_from_stdin(ektp: CommandLine, engine: Engine) -> None:
    """One line, which is not shown; a weak one is refused, and then there is nobody."""
    add = ("accounts", "add", "siti", "--role", "viewer", "--office", "all", "--ask")
    for given in ("\n", "password1234\n"):
        answer = typed(ektp, given, *add)
        assert (answer.code, given.strip() not in answer.err or not given.strip()) == (2, True)
    answer = typed(ektp, f"{PASSWORD}\n", *add)
    assert answer.code == 0
    assert PASSWORD not in answer.out + answer.err
    assert people_on(engine, audit_of(engine).chain).knows("siti", PASSWORD)


def typed(ektp: CommandLine, line: str, *words: str) -> Answer:
    """Run a command with a line on its stdin."""
    before, sys.stdin = sys.stdin, io.StringIO(line)
    try:
        return ektp(*words)
    finally:
        sys.stdin = before


@pytest.mark.parametrize(
    "words",
    [
        ("add", "si", "--role", "viewer", "--office", "all"),
        ("add", "Siti", "--role", "viewer", "--office", "all"),
        ("add", "operator", "--role", "viewer", "--office", "all"),
        ("add", "x3374106508990001", "--role", "viewer", "--office", "all"),
        ("add", "siti", "--role", "viewer"),
        ("add", "siti", "--office", "all"),
        ("add", "siti", "--role", "director", "--office", "all"),
        ("add", "siti", "--role", "viewer", "--office", "99.99"),
        ("add", "siti", "--role", "viewer", "--office", "all", "--office", "33.74"),
        ("token", "siti", "--role", "viewer", "--office", "all", "--days", "367"),
    ],
)
def test_what_cannot_be_meant_is_wrong_use(ektp: CommandLine, words: tuple[str, ...]) -> None:
    """Exit 2, one line, and nobody was added."""
    answer = ektp("accounts", *words)
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert ektp.ask("accounts", "list") == []


@pytest.mark.slow
def test_somebody_is_disabled_enabled_and_given_a_new_password(ektp: CommandLine, engine: Engine) -> None:
    """Disabled nobody knows them; afterwards only the newest password counts."""
    first = ektp.ask("accounts", "add", "siti", "--role", "viewer", "--office", "all")["password"]
    people = people_on(engine, audit_of(engine).chain)
    assert ektp.ask("accounts", "disable", "siti") == {"account": "siti", "disabled": True}
    assert not people.knows("siti", first)
    assert ektp.ask("accounts", "list")[0]["disabled"] is not None
    assert ektp.ask("accounts", "enable", "siti") == {"account": "siti", "disabled": False}
    assert people.knows("siti", first)
    second = ektp.ask("accounts", "password", "siti")["password"]
    assert (people.knows("siti", first), people.knows("siti", second)) == (False, True)
    for words in (("disable",), ("enable",), ("password",), ("token", "--revoke")):
        answer = ektp("accounts", *words, "budi")
        assert (answer.code, "there is no account budi" in answer.err) == (1, True)


def test_a_token_is_shown_once_and_kept_as_a_digest(ektp: CommandLine, engine: Engine) -> None:
    """Its name is free again when it is void."""
    words = ("accounts", "token", "report", "--role", "viewer", "--office", "33.74", "--days", "30")
    told = ektp.ask(*words)
    assert told["token"].startswith("ektp_at_")
    with transaction(engine) as connection:
        assert told["token"] not in str(connection.execute("select * from api_tokens").fetchall())
    assert ektp(*words).code == 1
    assert ektp.ask("accounts", "token", "report", "--revoke") == {"account": "report", "disabled": True}
    assert ektp.ask("accounts", "list")[0]["disabled"] is not None
    assert ektp.ask(*words)["token"] != told["token"]


def test_every_change_is_noted_and_never_a_secret(ektp: CommandLine, engine: Engine) -> None:
    """Who, what, about whom."""
    people = people_on(engine, audit_of(engine).chain)
    grant = grant_of(["operator"], ["33.74"])
    people.add("siti", grant, PASSWORD, "budi")
    people.change("siti", grant_of(["viewer", "admin"], ["all"]), "budi")
    people.disable("siti", "budi")
    people.enable("siti", "budi")
    people.end_sessions("siti", "budi")
    people.change_password("siti", "lima belas becak hijau", "siti")
    token, _ = people.add_token("report", grant, 30, "budi")
    people.revoke_token("report", "budi")
    rows = ektp.ask("audit", "list")[::-1]
    assert [(row["actor"], row["what"], row["about"]) for row in rows] == [
        ("budi", "person-added", "siti"),
        ("budi", "person-changed", "siti"),
        ("budi", "person-disabled", "siti"),
        ("budi", "person-enabled", "siti"),
        ("budi", "sessions-ended", "siti"),
        ("siti", "password-changed", "siti"),
        ("budi", "token-added", "report"),
        ("budi", "token-revoked", "report"),
    ]
    assert rows[0]["detail"] == {"roles": "operator", "offices": "33.74"}
    assert rows[1]["detail"] == {"roles": "viewer admin", "offices": "all"}
    assert not any(secret in str(rows) for secret in (PASSWORD, "becak", token))
    assert ektp.ask("audit", "verify")["ok"] is True


def test_nobody_takes_the_role_admin_from_themselves(engine: Engine) -> None:
    """Neither by other roles, nor within some offices, nor by being disabled; another admin may."""
    people = people_on(engine, audit_of(engine).chain)
    people.add("siti", grant_of(["admin"], ["all"]), PASSWORD, "budi")
    changes: list[Callable[[], object]] = [
        lambda: people.change("siti", grant_of(["viewer"], ["all"]), "siti"),
        lambda: people.change("siti", grant_of(["admin"], ["33.74"]), "siti"),
        lambda: people.disable("siti", "siti"),
    ]
    for change in changes:
        with pytest.raises(OwnAdministration):
            change()
    people.change("siti", grant_of(["admin", "auditor"], ["all"]), "siti")
    people.change("siti", grant_of(["viewer"], ["all"]), "budi")
    assert people.told()[0]["roles"] == ["viewer"]


def test_what_the_audit_does_not_keep_was_not_done(engine: Engine) -> None:
    """Nobody is added, changed, disabled or given a token: the act is one transaction with its note."""
    people = people_on(engine, audit_of(engine).chain)
    grant = grant_of(["operator"], ["33.74"])
    people.add("siti", grant, PASSWORD, "budi")
    with transaction(engine) as connection:
        connection.execute("alter table audit add constraint full_ check (seq < 2)")
    before = people.told()
    changes: list[Callable[[], object]] = [
        lambda: people.add("other", grant, PASSWORD, "budi"),
        lambda: people.change("siti", grant_of(["viewer"], ["all"]), "budi"),
        lambda: people.disable("siti", "budi"),
        lambda: people.change_password("siti", "lima belas becak hijau", "siti"),
        lambda: people.add_token("report", grant, 30, "budi"),
    ]
    for change in changes:
        with pytest.raises(StoreRefused):
            change()
    assert people.told() == before
    assert people.knows("siti", PASSWORD)
    with pytest.raises(WrongUse):
        people.change_password("siti", "password1234", "siti")
