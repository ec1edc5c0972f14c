"""The accounts in the room: people and tokens looked after over HTTP, each act noted, nothing secret in an address."""

import re

import pytest

from ektp.bootstrap import Parts
from ektp.reading.audit import audit_rows
from ektp.reading.snapshot import snapshot
from tests.conftest import Eventually
from tests.visitor import PASSWORD, Visitor, added
from tests.web_client import WebClient
from workflows.permissions import Action, Role

PERSON = {"name": "budi", "role-operator": "on", "offices": "33.74 33.22"}
SECRET = re.compile(r'<code id="secret">([^<]+)</code>')


@pytest.fixture
def admin(web: WebClient, parts: Parts) -> Visitor:
    """Give the browser of an admin."""
    visitor = Visitor(web)
    assert visitor.sign_in(added(parts, "siti", "admin")).status == 303
    return visitor


def post(visitor: Visitor, path: str, **fields: str) -> tuple[int, str]:
    """Post a form of the page of accounts; return the status and what was answered."""
    reply = visitor.post(path, {"csrf": visitor.csrf("/accounts"), **fields})
    return reply.status, reply.headers.get("location") or reply.text


def noted(parts: Parts) -> list[tuple[str, str, str]]:
    """Return who did what about whom, without the signing in, the oldest first."""
    with snapshot(parts.engine) as connection:
        rows = list(audit_rows(connection))[::-1]
    return [(row["actor"], row["what"], row["about"]) for row in rows if row["what"] != "session-opened"][1:]


def told(parts: Parts, name: str) -> dict[str, object]:
    """Return what is known of an account."""
    return next(one for one in parts.people().told() if one["account"] == name)


def test_somebody_is_added_and_the_password_is_shown_once(admin: Visitor, parts: Parts) -> None:
    """In the answer to the form, and nowhere else; with it they sign in, and see what their roles may."""
    status, text = post(admin, "/accounts/people", **PERSON)
    found = SECRET.search(text)
    assert (status, found is not None) == (200, True)
    assert found is not None
    assert (told(parts, "budi")["roles"], told(parts, "budi")["offices"]) == (["operator"], ["33.22", "33.74"])
    assert found[1] not in admin.get("/accounts").text + admin.get("/accounts/people/budi").text
    budi = Visitor(admin.web)
    assert budi.sign_in("budi", found[1]).status == 303
    assert (budi.get("/stock").status, budi.get("/accounts").status) == (200, 403)
    assert "/accounts" not in budi.get("/stock").text
    assert noted(parts) == [("siti", "person-added", "budi")]


@pytest.mark.slow
def test_what_cannot_be_is_said_in_words_and_nothing_is_done(admin: Visitor, parts: Parts) -> None:
    """A name, no role, no region, a weak password, a name that is taken, days; what was typed stays, no password."""
    for change, words in (
        ({"name": "b"}, "That name cannot be used"),
        ({"role-operator": ""}, "Choose one role"),
        ({"offices": "99"}, "Write the codes"),
        ({"password": "password1234"}, "too easy to guess"),
        ({"name": "siti"}, "That name is taken"),
    ):
        status, text = post(admin, "/accounts/people", **{**PERSON, **change})
        assert (status, words in text, "password1234" in text) == (422, True, False), change
        assert f'value="{change.get("name", "budi")}"' in text
    assert post(admin, "/accounts/tokens", **PERSON, days="367")[0] == 422
    assert [one["account"] for one in parts.people().told()] == ["siti"]
    assert noted(parts) == []


@pytest.mark.slow
def test_an_account_is_changed_shut_out_and_let_in_again(
    admin: Visitor, web: WebClient, parts: Parts, eventually: Eventually
) -> None:
    """Roles and offices, sessions, a password, and whether it may sign in: each noted, and true within a second."""
    budi = Visitor(web)
    budi.sign_in(added(parts, "budi", "viewer", office="33.74"))
    path = "/accounts/people/budi"
    assert 'id="sessions">1<' in admin.get(path).text
    assert post(admin, f"{path}/grant", **{"role-auditor": "on", "offices": "all"}) == (303, path)
    eventually(lambda: budi.get("/audit").status == 200, 3)
    assert post(admin, f"{path}/sessions") == (303, path)
    eventually(lambda: not budi.is_in(), 3)
    assert post(admin, f"{path}/password", password="lima belas becak hijau") == (303, path)
    assert budi.sign_in("budi", "lima belas becak hijau").status == 303
    assert post(admin, f"{path}/disable") == (303, path)
    eventually(lambda: not budi.is_in(), 3)
    assert post(admin, f"{path}/enable") == (303, path)
    assert told(parts, "budi")["disabled"] is None
    assert [what for _, what, about in noted(parts) if about == "budi"] == [
        "person-added", "person-changed", "sessions-ended", "password-changed", "person-disabled", "person-enabled",
    ]  # fmt: skip
    assert post(admin, f"{path}/grant", offices="all")[0] == 422
    assert post(admin, "/accounts/people/nobody/disable")[0] == 404
    assert admin.get("/accounts/people/nobody").status == 404


def test_nobody_takes_the_role_admin_from_themselves(admin: Visitor, parts: Parts) -> None:
    """Neither by the forms that are shown, which are fewer, nor by posting the others."""
    page = admin.get("/accounts/people/siti").text
    assert ("This is your own account" in page, "/siti/disable" in page) == (True, False)
    for act, fields in (
        ("disable", {}),
        ("grant", {"role-viewer": "on", "offices": "all"}),
        ("grant", {"role-admin": "on", "offices": "33.74"}),
    ):
        status, text = post(admin, f"/accounts/people/siti/{act}", **fields)
        assert (status, "another admin does" in text) == (409, True)
    assert (told(parts, "siti")["roles"], told(parts, "siti")["disabled"]) == (["admin"], None)
    assert noted(parts) == []


@pytest.mark.slow
def test_a_token_is_shown_once_and_revoked(
    admin: Visitor, web: WebClient, parts: Parts, eventually: Eventually
) -> None:
    """It asks the API at once, and within a second of being revoked no more."""
    status, text = post(
        admin, "/accounts/tokens", **{"name": "report", "role-viewer": "on", "offices": "all", "days": "7"}
    )
    found = SECRET.search(text)
    assert found is not None
    program = WebClient(web.address, found[1])
    assert (status, program.get("/api/v1/summary").status) == (200, 200)
    assert post(admin, "/accounts/tokens/report/revoke") == (303, "/accounts#programs")
    eventually(lambda: program.get("/api/v1/summary").status == 401, 3)
    assert noted(parts) == [("siti", "token-added", "report"), ("siti", "token-revoked", "report")]


def test_only_admins_of_all_offices_come_in(web: WebClient, parts: Parts) -> None:
    """Whoever may not see the forms cannot post them; a form without the session's word does nothing."""
    for name, role, office in (("ani", "auditor", "all"), ("eko", "admin", "33.74")):
        visitor = Visitor(web)
        visitor.sign_in(added(parts, name, role, office=office))
        csrf = visitor.csrf("/stock")
        assert visitor.get("/accounts").status == 403
        for path in (
            "/accounts/people",
            "/accounts/people/ani/disable",
            "/accounts/tokens",
            "/accounts/tokens/x/revoke",
        ):
            assert visitor.post(path, {"csrf": csrf, **PERSON}).status == 403
    boss = Visitor(web)
    boss.sign_in(added(parts, "siti", "admin"))
    assert boss.post("/accounts/people", PERSON).status == 403
    assert {one["account"] for one in parts.people().told()} == {"ani", "eko", "siti"}


def test_the_table_says_what_each_role_may(admin: Visitor) -> None:
    """A row for each action, a column for each role."""
    page = admin.get("/accounts").text
    assert page.count('<tr><th scope="row">') >= len(Action)
    table = page[page.index('id="what-roles"') :]
    assert table.count("<tr>") == len(Action) + 1
    assert table[: table.index("<tbody>")].count('scope="col"') == len(Role) + 1
    assert PASSWORD not in page
