"""The audit in the room: filters, pages, files, and a chain that is verified while somebody looks."""

import csv
import io
import re
from urllib.parse import quote

import pytest

from consumers.acts import Act
from ektp.bootstrap import Parts
from ektp.storage.engine import transaction
from ektp.verification.audit import walked
from ektp.web.room.audit import MOST
from tests.visitor import Visitor, added, token_of
from tests.web_client import WebClient

ROWS = re.compile(r'<th scope="row" class="n">(\d+)</th>')


@pytest.fixture
def auditor(web: WebClient, parts: Parts) -> Visitor:
    """Give the browser of an auditor, to whom seven rows of others and as many as a page has are shown."""
    visitor = Visitor(web)
    visitor.sign_in(added(parts, "ani", "auditor"))
    for number in range(7):
        parts.audit.note(Act("budi", "item-discarded", f"item{number}", {"because": "=noise"}))
    with transaction(parts.engine) as connection:
        acts = [Act("siti", "pin-made", f"thing{number}") for number in range(MOST)]
        parts.audit.chain.append(connection, *acts)
    return visitor


def shown(visitor: Visitor, query: str = "") -> list[int]:
    """Return the numbers of the rows of a page."""
    reply = visitor.get(f"/audit{query}")
    assert reply.status == 200
    return [int(number) for number in ROWS.findall(reply.text)]


def verified(visitor: Visitor, head: str = "") -> tuple[int, str]:
    """Press the button; return the status and the page."""
    reply = visitor.post("/audit/verify", {"csrf": visitor.csrf("/audit"), "head": head})
    return reply.status, reply.text


def test_it_is_read_page_by_page_and_filtered(auditor: Visitor) -> None:
    """The newest first, from number to number; by who, what, about what and when; each filter stands in the address."""
    first = shown(auditor)
    last = first[0]
    assert first == list(range(last, last - MOST, -1))
    assert f"before={first[-1]}" in auditor.get("/audit").text
    assert shown(auditor, f"?before={first[-1]}") == list(range(first[-1] - 1, 0, -1))
    assert len(shown(auditor, "?actor=budi")) == 7
    assert len(shown(auditor, "?what=item-discarded&about=item3")) == 1
    assert shown(auditor, "?since=2999-01-01") == shown(auditor, "?until=1999-01-01") == []
    assert len(shown(auditor, "?actor=budi&since=1999-01-01&until=2999-01-01")) == 7
    assert auditor.get("/audit?since=yesterday").status == 422
    assert auditor.get("/audit?until=9999-12-31&since=0001-01-01").status == 422
    assert shown(auditor, f"?about={quote('a%00b')}&before=99999999999999999999") == []


def test_it_is_taken_away_as_a_file(auditor: Visitor, parts: Parts) -> None:
    """All that matches, whatever a page holds; nothing that a spreadsheet would run. Who may not take lists may not."""
    reply = auditor.get("/audit.csv?actor=budi")
    rows = list(csv.DictReader(io.StringIO(reply.text)))
    assert (reply.headers["content-type"], len(rows)) == ("text/csv; charset=utf-8", 7)
    assert (rows[0]["actor"], rows[0]["about"], rows[0]["detail"]) == ("budi", "item6", '{"because": "=noise"}')
    assert len(list(csv.reader(io.StringIO(auditor.get("/audit.csv").text)))) == 1 + MOST + 7 + 2


def test_the_chain_is_whole_and_fits_its_head(auditor: Visitor) -> None:
    """The head is what the command prints, and can be pasted again; of another chain, or none, it says so."""
    head = auditor.get("/audit/head")
    assert set(head.json) == {"seq", "mac", "at"}
    assert "audit-head.json" in head.headers["content-disposition"]
    status, page = verified(auditor)
    assert (status, "All of it is whole" in page, "It fits" in page) == (200, True, False)
    status, page = verified(auditor, head.text)
    assert (status, "It fits the pasted head" in page) == (200, True)
    forged = head.text.replace(head.json["mac"], "00" * 32)
    assert "THE CHAIN IS BROKEN" in verified(auditor, forged)[1]
    further = head.text.replace(f'"seq": {head.json["seq"]}', f'"seq": {head.json["seq"] + 5}')
    assert "cut off" in verified(auditor, further)[1]
    for nothing in ("{}", "x", "[1]", '{"seq": -1, "mac": ""}'):
        assert verified(auditor, nothing)[0] == 422


def test_what_somebody_changed_is_named(auditor: Visitor, parts: Parts) -> None:
    """The number of the first row that is wrong."""
    with transaction(parts.engine) as connection:
        connection.execute("alter table audit disable trigger user")
        connection.execute("update audit set actor = 'nobody' where seq = 5")
    status, page = verified(auditor)
    assert (status, "THE CHAIN IS BROKEN" in page, "<strong>5</strong>" in page) == (200, True, True)


def test_a_walk_that_was_long_enough_says_how_far_it_came(auditor: Visitor, parts: Parts) -> None:
    """It has not come to the end, and says nothing of what lies behind."""
    with transaction(parts.engine) as connection:
        parts.audit.chain.append(connection, *[Act("siti", "pin-made", "x")] * 600)
    with parts.engine.connect() as connection_:
        walk = walked(connection_, parts.keyring.audit_key(), None, lambda _rows: None, lambda: True)
    assert (walk.rows, walk.ended, walk.first) == (500, False, None)


def test_only_auditors_of_all_offices_read_it(web: WebClient, parts: Parts) -> None:
    """Neither an operator, who may take lists away, nor an admin, nor an auditor of one office."""
    for name, role, office in (("a-1", "operator", "all"), ("a-2", "admin", "all"), ("a-3", "auditor", "33.74")):
        program = WebClient(web.address, token_of(parts, name, role, office=office))
        assert {program.get(path).status for path in ("/audit", "/audit.csv", "/audit/head")} == {403}
        assert program.ask("POST", "/audit/verify").status == 403
