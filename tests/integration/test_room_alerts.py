"""The alerts over HTTP: filtered, of one's own offices, muted by whoever may, for a reason that is noted with it."""

import csv
import io
import re
from typing import Any, Final
from uuid import UUID

import pytest

from ektp.bootstrap import Parts
from ektp.reading.alerts import mutes
from ektp.reading.audit import audit_rows
from ektp.reading.snapshot import snapshot
from ektp.storage.engine import transaction
from tests.visitor import Visitor, added, token_of
from tests.web_client import Reply, WebClient

ALERT: Final = """
insert into alerts (rule, about, station, office, detail, resolved) values (%s, %s, %s, %s, %s, %s) returning id
"""
_ROW: Final = re.compile(r'<a class="row" href="/alerts/([0-9a-f-]+)">([a-z-]+)</a></th><td>([^<(]*?)\s*(?:\(|<)')


@pytest.fixture
def known(parts: Parts) -> dict[str, UUID]:
    """Give alerts of two regencies, of the system, and one that is over, by what they are about."""
    rows: list[tuple[Any, ...]] = [
        ("stock-low", "33.74/blanko", "", "33.74", '{"what": "blanko", "since": "2026-02-09", "left": 3}', None),
        ("stock-low", "33.19/blanko", "", "33.19", '{"what": "blanko", "since": "2026-02-09", "left": 4}', None),
        ("station-silent", "st337410", "st337410", "33.74.10", "{}", None),
        ("clock-skew", "st337411", "st337411", "33.74.11", '{"seconds": 900}', None),
        ("no-beat", "beat", "", "", '{"seconds": 130}', None),
        ("queue-long", "ektp.intake", "", "", '{"ready": 1, "most": 0}', "2026-02-09T08:00:00Z"),
    ]
    with transaction(parts.engine) as connection:
        found = [connection.execute(ALERT, row).fetchone() for row in rows]
    return {row[1]: one[0] for row, one in zip(rows, found, strict=True) if one}


def listed(page: Reply) -> list[tuple[str, str]]:
    """Return rule and thing of each row."""
    assert page.status == 200, page.text
    return [(rule, about) for _, rule, about in _ROW.findall(page.text)]


@pytest.mark.usefixtures("known")
def test_the_worst_come_first_and_can_be_filtered(web: WebClient) -> None:
    """By severity, rule, office with its kecamatan, station; what is over only when asked for, behind."""
    every = listed(web.get("/alerts"))
    assert every[0] == ("no-beat", "beat")
    assert every[-1] == ("clock-skew", "st337411")
    assert len(every) == 5
    assert listed(web.get("/alerts?severity=note")) == [("clock-skew", "st337411")]
    assert listed(web.get("/alerts?rule=stock-low&office=33.19")) == [("stock-low", "33.19/blanko")]
    assert {about for _, about in listed(web.get("/alerts?office=33.74"))} == {"33.74/blanko", "st337410", "st337411"}
    assert listed(web.get("/alerts?station=st337410&rule=&office=")) == [("station-silent", "st337410")]
    assert listed(web.get("/alerts?history=1"))[-1] == ("queue-long", "ektp.intake")
    assert "Nothing matches this filter." in web.get("/alerts?rule=security", accept_language="en").text
    for wrong in ("rule=x", "severity=x", "office=x", "station=X", "history=2", "after=x"):
        assert web.get(f"/alerts?{wrong}").status == 422


def test_each_leads_to_where_one_looks(web: WebClient, known: dict[str, UUID]) -> None:
    """The page, narrowed to what it is about; and its own page says what it means and what to do."""
    page = web.get("/alerts").text
    for path in ("/stock?office=33.74", "/stations/st337410", "/queues"):
        assert f'href="{path}"' in page
    one = web.get(f"/alerts/{known['33.74/blanko']}", accept_language="en").text
    assert "Printing is going to stop." in one
    assert "What to do: Order now" in one
    assert web.get("/alerts/0195e0a4-7c1b-7b52-9d3c-2f1f6f0e8a11").status == 404


@pytest.mark.usefixtures("known")
def test_pages_follow_each_other_without_a_gap(parts: Parts, web: WebClient) -> None:
    """However many there are; each is there once, in one order."""
    with transaction(parts.engine) as connection:
        for number in range(120):
            connection.execute(ALERT, ["clock-skew", f"st{number:06}", f"st{number:06}", "33.74", "{}", None])
    seen, path = list[tuple[str, str]](), "/alerts?severity=note"
    while path:
        page = web.get(path)
        seen += listed(page)
        following = re.search(r'href="(/alerts\?[^"]*after=[^"]*)"', page.text)
        path = following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == 121


@pytest.mark.usefixtures("known")
def test_a_list_is_taken_away_by_whoever_may(parts: Parts, web: WebClient) -> None:
    """With the same filter, of one's own offices."""
    clerk = WebClient(web.address, token_of(parts, "clerk", "operator", office="33.19"))
    answer = clerk.get("/alerts.csv?rule=stock-low", accept_language="en")
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["about"], row["said"]) == ("33.19/blanko", "blanko below its reorder point since 2026-02-09, 4 left")
    assert listed(clerk.get("/alerts")) == [("stock-low", "33.19/blanko")]
    guest = WebClient(web.address, token_of(parts, "guest", "viewer"))
    assert guest.get("/alerts.csv").status == 403
    assert "/alerts.csv" not in guest.get("/alerts").text


def test_a_mute_has_a_reason_and_is_noted_with_it(parts: Parts, web: WebClient, known: dict[str, UUID]) -> None:
    """By a person from the page; it ends by itself, or when somebody says so."""
    siti = Visitor(web)
    siti.sign_in(added(parts, "siti", "operator"))
    path = f"/alerts/{known['33.74/blanko']}"
    assert siti.post(f"{path}/mute", {"csrf": siti.csrf(path), "hours": "4", "because": "ordered"}).status == 303
    assert siti.post(f"{path}/mute", {"hours": "4", "because": "ordered"}).status == 403
    for wrong in ({"hours": "4"}, {"hours": "5", "because": "x"}, {"hours": "4", "because": "3374104101909001"}):
        assert siti.post(f"{path}/mute", {"csrf": siti.csrf(path), **wrong}).status == 422
    page = siti.get("/alerts", accept_language="en").text
    assert "muted until" in page
    assert "siti: ordered" in page
    end = {"csrf": siti.csrf("/alerts"), "rule": "stock-low", "about": "33.74/blanko", "because": "it came"}
    assert siti.post("/alerts/unmute", end).status == 303
    assert siti.post("/alerts/unmute", end).status == 404
    with snapshot(parts.engine) as connection:
        assert mutes(connection) == []
        noted = [
            (one["what"], one["actor"], one["about"])
            for one in audit_rows(connection)
            if one["what"].startswith("alert-")
        ]
    assert noted == [
        ("alert-unmuted", "siti", "stock-low 33.74/blanko"), ("alert-muted", "siti", "stock-low 33.74/blanko")
    ]  # fmt: skip


def test_nobody_mutes_beyond_their_offices(parts: Parts, web: WebClient, known: dict[str, UUID]) -> None:
    """Another office's alert is not there; a whole rule is for those who are there for all."""
    clerk = WebClient(web.address, token_of(parts, "clerk", "operator", office="33.19"))

    def mute(about: str, what: str = "") -> int:
        form = f"hours=1&because=known&what={what}".encode()
        return clerk.ask("POST", f"/alerts/{known[about]}/mute", form).status

    assert mute("33.74/blanko") == mute("beat") == 404
    assert mute("33.19/blanko", "rule") == 403
    assert mute("33.19/blanko") == 303
    form = b"hours=1&because=known&what=rule"
    assert web.ask("POST", f"/alerts/{known['33.74/blanko']}/mute", form).status == 303
    with snapshot(parts.engine) as connection:
        assert [one["about"] for one in mutes(connection, ("33.19",))] == ["33.19/blanko", None]
        assert [one["about"] for one in mutes(connection, ("33.22",))] == [None]
    assert clerk.ask("POST", "/alerts/unmute", b"rule=stock-low&because=x").status == 403
    assert clerk.ask("POST", "/alerts/unmute", b"rule=stock-low&about=33.74/blanko&because=x").status == 404
