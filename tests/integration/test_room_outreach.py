"""Outreach in the room: who waits, visits to be promised and printed, and nobody's name without a reason."""

import csv
import io

import pytest

from ektp.bootstrap import Parts
from tests.outreach_town import REGENCY, OutreachTown
from tests.visitor import Visitor, added
from tests.web_client import Reply, WebClient


@pytest.fixture
def town(parts: Parts) -> OutreachTown:
    """Give a regency with a visit that is proposed, and somebody who waits."""
    made = OutreachTown(parts)
    history = OutreachTown.recorded("Sendangmulyo", "33.74.10").failed("ENROLL_FAILURE_AT_CENTRAL").deleted()
    history.events[0]["data"] |= {"name": "Contoh Rahasia"}
    made.tell(*history.submissions())
    made.must_come_again("Meteseh")
    made.asks("disabled", home="RT 1 RW 2", contact={"kind": "sms", "address": "0800-1"})
    made.plan()
    return made


def visitor(web: WebClient, parts: Parts, *roles: str, office: str = "all", name: str = "siti") -> Visitor:
    """Give the browser of somebody."""
    one = Visitor(web)
    one.sign_in(added(parts, name, *roles, office=office))
    return one


def sent(who: Visitor, path: str, fields: dict[str, str]) -> Reply:
    """Send a form from a page of the own session."""
    return who.post(path, {"csrf": who.csrf("/outreach"), **fields})


def test_a_visit_is_promised_held_and_printed_from_its_page(web: WebClient, parts: Parts, town: OutreachTown) -> None:
    """The list leads to it; what is said there goes through the one door."""
    siti = visitor(web, parts, "operator")
    page = siti.get("/outreach").text
    (visit,) = town.visits("proposed")
    address = f"/outreach/visits/{visit.id}"
    assert address in page
    assert "Meteseh" in page
    shown = siti.get(address).text
    assert "RT 1 RW 2" not in shown
    assert "Contoh Rahasia" not in shown
    assert sent(siti, f"{address}/confirm", {}).status == 303
    assert [one.id for one in town.visits("planned")] == [visit.id]
    assert sent(siti, f"{address}/confirm", {}).status == 422
    (guest,) = visit.guests
    rows = list(csv.DictReader(io.StringIO(siti.get(f"{address}/route.csv").text)))
    assert [(row["what"], row["people"]) for row in rows] == [("disabled", "1"), ("re-record", "1")]
    assert sent(siti, f"{address}/held", {f"met-{guest.application}": "1", "others": "1"}).status == 303
    assert [one.state for one in town.visits("held")[0].guests] == ["met"]
    assert sent(siti, f"{address}/cancel", {"because": "too late"}).status == 409
    assert next(csv.DictReader(io.StringIO(siti.get("/outreach.csv").text)))["state"] == "held"


def test_names_and_homes_are_shown_for_a_reason_and_noted(web: WebClient, parts: Parts, town: OutreachTown) -> None:
    """In that answer only."""
    siti = visitor(web, parts, "operator")
    (visit,) = town.visits("proposed")
    address = f"/outreach/visits/{visit.id}"
    assert sent(siti, f"{address}/reveal", {"because": ""}).status == 422
    answer = sent(siti, f"{address}/reveal", {"because": "we go there tomorrow"}).text
    assert "RT 1 RW 2, 0800-1" in answer
    assert "Contoh Rahasia" in answer
    assert "Contoh Rahasia" not in siti.get(address).text
    auditor = visitor(web, parts, "auditor", name="budi")
    page = auditor.get("/audit").text
    assert "visit-opened" in page
    assert "person-opened" in page
    assert "Contoh Rahasia" not in page


def test_a_visit_is_asked_for_and_withdrawn_on_the_page(web: WebClient, parts: Parts, town: OutreachTown) -> None:
    """Only for an office of whoever asks."""
    siti = visitor(web, parts, "operator", office="33.74.10")
    field = {"office": "33.74.10", "category": "group", "count": "25", "kelurahan": "Kramas", "place": "SMA Contoh"}
    assert sent(siti, "/outreach/requests", field).status == 303
    assert sent(siti, "/outreach/requests", {**field, "office": "33.19.01"}).status == 403
    assert sent(siti, "/outreach/requests", {**field, "count": "many"}).status == 422
    assert "SMA Contoh" in siti.get("/outreach").text
    with town.engine.connect() as connection:
        request = connection.exec_driver_sql("select id from visit_requests where place = 'SMA Contoh'").scalar_one()
    assert sent(siti, f"/outreach/requests/{request}/withdraw", {"because": "the school closed"}).status == 303
    assert "SMA Contoh" not in siti.get("/outreach").text


def test_each_sees_the_visits_of_the_own_offices(web: WebClient, parts: Parts, town: OutreachTown) -> None:
    """Of another's there is nothing, and a viewer changes nothing."""
    (visit,) = town.visits("proposed")
    other = visitor(web, parts, "operator", office="33.19", name="other")
    assert str(visit.id) not in other.get("/outreach").text
    assert other.get(f"/outreach/visits/{visit.id}").status == 404
    viewer = visitor(web, parts, "viewer", office=REGENCY, name="viewer")
    assert "Sendangmulyo" in viewer.get(f"/outreach/visits/{visit.id}").text
    assert sent(viewer, f"/outreach/visits/{visit.id}/confirm", {}).status == 403
    assert viewer.get("/outreach/visits/nobody").status == 404
