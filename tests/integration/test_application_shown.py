"""One application's page: its line of time, what was sent, what waits, and the acts of who may."""

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any, Final

import pytest

from ektp.bootstrap import Parts
from ektp.reading.snapshot import snapshot
from ektp.reading.timeline import timeline
from ektp.storage.simulated_clock import begin_simulation, set_simulated_now
from tests.histories import History, event, happy
from tests.many_applications import DAY, MONDAY, fill, rows
from tests.visitor import Visitor, added
from tests.web_client import WebClient

_TAG: Final = re.compile(r"<[^>]*>")


def words(page: str) -> str:
    """Return what a page says, in one line."""
    return " ".join(unescape(_TAG.sub(" ", page)).split())


def told(web: WebClient, parts: Parts, history: History, *days: float) -> None:
    """Say the events of a history so many days after Monday."""
    for said, after in zip(history.events, days, strict=True):
        moment = MONDAY + after * DAY
        set_simulated_now(parts.engine, moment)
        assert web.batch({**said, "time": moment.isoformat()}).outcomes[0][0] == "applied"


def signed_in(web: WebClient, parts: Parts, *roles: str, office: str = "all") -> Visitor:
    """Sign somebody of these roles in."""
    visitor = Visitor(web)
    visitor.sign_in(added(parts, "-".join(roles), *roles, office=office))
    return visitor


def test_the_gaps_between_events_are_named_by_whose_they_were(web: WebClient, parts: Parts) -> None:
    """In working days of the office: a day at the centre, four without blanko over a holiday, one at the printer."""
    begin_simulation(parts.engine, MONDAY)
    history = History().recorded().verified().allocated().printed()
    told(web, parts, history, 0, 1, 8, 9)
    page = f"/applications/{history.application}"
    english, indonesian = (words(web.get(page, accept_language=one).text) for one in ("en", "id"))
    assert "1 working day waiting for news from the centre" in english
    assert "4 hari kerja menunggu blanko · giliran gudang blanko" in indonesian
    assert "1 working day waiting for the print · the move is printer" in english
    found = web.get(f"/api/v1/applications/{history.application}").json
    assert web.get(f"/applications/{found['resi']}").status == 200
    assert found["cause"] == "printed"


def test_the_waits_of_the_line_of_time_sum_up_to_what_each_party_has_had(web: WebClient, parts: Parts) -> None:
    """Of an application in every situation, also after deadlines have passed."""
    histories = fill(web, parts)
    set_simulated_now(parts.engine, MONDAY + 20 * DAY + timedelta(hours=3))
    parts.timekeeper.sweep()
    with snapshot(parts.engine) as connection:
        for history in histories:
            waited: dict[str, float] = {}
            for one in timeline(connection, history.application, parts.keeping):
                for wait in one["waits"]:
                    waited[wait["party"]] = waited.get(wait["party"], 0) + wait["days"]
            shown = web.get(f"/api/v1/applications/{history.application}").json["waited"]
            assert waited == pytest.approx({party: days for party, days in shown.items() if days}, abs=0.05)


def test_everything_about_it_stands_there(web: WebClient, parts: Parts) -> None:
    """What is held, what was sent, what is parked, the blanko; and as JSON, without its person."""
    history = History().recorded()
    history.events[0]["data"]["name"] = "Contoh Wulandari"
    history.failed("SEARCH_FAILURE_AT_CENTRAL").events.append(event(history.application, "printed", station="printer1",
        blanko="EARLY001", printer="printer1", turn=1))  # fmt: skip
    bad = event(history.application, "data-verified", station="centre", attempt=0)
    assert [one for one, _ in web.batch(*history.events, bad).outcomes] == ["applied", "applied", "held", "parked"]
    page = words(web.get(f"/applications/{history.application}", accept_language="en").text)
    for said in ("id.ektp.printed.v1", "the allocation has not come", "notice 2: application-failed",
                 "request 1: retry-search", web.parked()[0]["reason"], "NIK and name are not shown"):  # fmt: skip
        assert said in page, said
    answer = web.get(f"/applications/{history.application}/export")
    assert answer.headers["content-disposition"].startswith("attachment")
    export: dict[str, Any] = answer.json
    shown = web.get(f"/api/v1/applications/{history.application}").json
    assert {name: export[name] for name in shown if name not in {"waited", "gross", "net"}}.items() <= shown.items()
    assert [one["name"] for one in export["events"]] == ["recorded", "verification-failed"]
    assert export["events"][0]["data"]["office"] == "33.74.10"
    text = json.dumps(export) + page
    assert history.nik not in text
    assert "Contoh" not in text


def test_operators_decide_here_with_a_reason(web: WebClient, parts: Parts) -> None:
    """Through the one door; it stands in the history with their name. What changes nothing is said to have."""
    history = History().recorded()
    web.batch(*history.events)
    page, siti = f"/applications/{history.application}", signed_in(web, parts, "operator", office="33.74")
    csrf = siti.csrf(page)
    remedy = {"csrf": csrf, "attempt": "1", "remedy": "resend", "because": "the van came back"}
    assert siti.post(f"{page}/remedy", remedy).headers["location"] == page
    postponed = {"csrf": csrf, "until": "2030-01-02T10:30", "because": "flood"}
    assert siti.post(f"{page}/postpone", postponed).status == 303
    question = "select data::text, station, door, outcome from history where type like %s"
    assert rows(parts, question, ["%remedy-ordered%"])[0][1:] == ("operator", "http", "applied")
    said = rows(parts, question, ["%deadline-postponed%"])[0][0]
    assert json.loads(said) == {"until": "2030-01-02T03:30:00Z", "because": "flood"}
    overtaken = siti.post(f"{page}/remedy", {**remedy, "attempt": "2"})
    assert overtaken.status == 409
    for wrong in ({"because": ""}, {"attempt": "x"}, {"remedy": "x"}):
        assert siti.post(f"{page}/remedy", {**remedy, **wrong}).status == 422
    for until in ("", "x", "0001-01-01T00:00"):
        assert siti.post(f"{page}/postpone", {**postponed, "until": until}).status == 422
    assert siti.post(f"{page}/remedy", {**remedy, "csrf": "x"}).status == 403


def test_a_new_pin_is_shown_once(web: WebClient, parts: Parts) -> None:
    """And opens the resident's page; the page afterwards does not know it."""
    history = History().recorded()
    web.batch(*history.events)
    page, siti = f"/applications/{history.application}", signed_in(web, parts, "operator")
    answer = words(siti.post(f"{page}/pin", {"csrf": siti.csrf(page)}, accept_language="en").text)
    found = re.search(r"The new PIN: (\d{6})", answer)
    assert found is not None
    resi = web.get(f"/api/v1/applications/{history.application}").json["resi"]
    assert "recorded" in siti.post("/track", {"resi": resi, "pin": found[1]}, accept_language="en").text
    assert found[1] not in siti.get(page).text


@pytest.mark.parametrize(
    ("role", "acts"),
    [("viewer", set()), ("operator", {"reveal", "remedy", "postpone", "pin"}), ("approver", {"reveal"}),
     ("auditor", set()), ("admin", set())],
)  # fmt: skip
def test_who_may_not_do_something_does_not_see_its_form(
    web: WebClient, parts: Parts, role: str, acts: set[str]
) -> None:
    """Nor the file, nor the search; where it lies elsewhere there is no page at all."""
    here, there = History().recorded(), History().recorded()
    there.events[0]["data"]["office"] = "33.22.10"
    web.batch(*here.events, *there.events)
    who = signed_in(web, parts, role, office="33.74")
    page = who.get(f"/applications/{here.application}").text
    assert set(re.findall(r'action="/applications/[^/]+/(\w+)"', page)) == acts
    assert ("/export" in page) is (role in {"operator", "auditor"})
    lists = who.get("/applications").text
    assert ('action="/applications/search"' in lists) is (role != "admin")
    assert ("/applications.csv" in lists) is (role in {"operator", "auditor"})
    assert who.get(f"/applications/{there.application}").status == 404


def test_a_blanko_of_the_regency_is_no_link_for_a_kecamatan(web: WebClient, parts: Parts) -> None:
    """It lies where the card is printed: whoever follows a link comes to something that is there for them."""
    history = happy()
    web.batch(*history.events)
    link = f'href="/stock/{history.blanko()}"'
    for office, led in (("33.74", True), ("33.74.10", False)):
        page = signed_in(web, parts, "viewer", "auditor" if led else "operator", office=office)
        text = page.get(f"/applications/{history.application}").text
        assert (history.blanko() in text, link in text) == (True, led)
        assert page.get(f"/stock/{history.blanko()}").status == (200 if led else 404)
