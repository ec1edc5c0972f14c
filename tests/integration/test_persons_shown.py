"""Persons: found by NIK, shown for a reason, told to whom a request is addressed; noted each time, in no log."""

import json
from typing import Any, Final

import pytest

from ektp.bootstrap import Parts
from tests.enrolled import enrolled
from tests.histories import History
from tests.many_applications import rows
from tests.visitor import Visitor, added, token_of
from tests.web_client import Reply, WebClient

NAME: Final = "Contoh Wulandari"
BECAUSE: Final = "the resident stands at the counter"


def named(office: str = "33.74.10") -> History:
    """Return a recording with a name, at an office."""
    history = History().recorded()
    history.events[0]["data"] |= {"name": NAME, "office": office}
    return history


def noted(parts: Parts) -> list[tuple[str, str, str, Any]]:
    """Return what was noted of persons: actor, what, about, detail."""
    found = rows(parts, "select actor, what, about, detail from audit where what like 'person-%%' order by seq", [])
    return [one for one in found if one[1] != "person-added"]


def asked(who: WebClient, path: str, body: object) -> Reply:
    """Post JSON."""
    return who.ask("POST", path, json.dumps(body).encode(), content_type="application/json")


@pytest.fixture
def siti(web: WebClient, parts: Parts) -> Visitor:
    """Sign an operator of Semarang in."""
    visitor = Visitor(web)
    visitor.sign_in(added(parts, "siti", "operator", office="33.74"))
    return visitor


def test_a_person_is_found_by_nik_and_noted_without_it(
    web: WebClient, parts: Parts, siti: Visitor, capfd: pytest.CaptureFixture[str]
) -> None:
    """The answer leads to the application, or shows several; what lies elsewhere, or is nobody's, is not there."""
    here, twice, there = named(), named(), named("33.22.10")
    again = History(twice.number).recorded()
    web.batch(*here.events, *there.events, *twice.verified().allocated().printed().collected().events)
    assert web.batch(*again.events).outcomes == [("applied", None)]
    csrf = siti.csrf("/applications")

    def search(wanted: str) -> Reply:
        return siti.post("/applications/search", {"csrf": csrf, "wanted": wanted})

    spaced = f"{here.nik[:6]} {here.nik[6:12]} {here.nik[12:]}"
    found = [search(one) for one in (here.nik, spaced, twice.nik, there.nik, History().nik, f"99{here.nik[2:]}")]
    assert [one.status for one in found] == [303, 303, 200, 404, 404, 422]
    assert found[0].headers["location"] == f"/applications/{here.application}"
    assert str(twice.application) in found[2].text
    assert str(again.application) in found[2].text
    nothing: list[tuple[str, str, str, Any]] = [("siti", "person-searched", "nothing found", {})]
    assert noted(parts) == [
        *[("siti", "person-searched", str(here.application), {})] * 2,
        *[("siti", "person-searched", str(one.application), {}) for one in (twice, again)],
        *nothing * 2,
    ]
    niks = (here.nik, spaced, twice.nik, there.nik)
    assert not any(nik in one.text for nik in niks for one in found)
    written = "".join(capfd.readouterr()) + str(rows(parts, "select * from audit"))
    assert not any(nik in written for nik in niks)


def test_an_application_is_found_by_its_resi_and_its_id(web: WebClient, parts: Parts, siti: Visitor) -> None:
    """However a resi is typed; nothing is noted, and what lies elsewhere is not there."""
    here, there = named(), named("33.22.10")
    web.batch(*here.events, *there.events)
    resi = web.get(f"/api/v1/applications/{here.application}").json["resi"]
    csrf = siti.csrf("/applications")
    for wanted, status in ((resi.lower().replace("-", " "), 303), (str(here.application), 303),
                           (str(there.application), 404), ("Contoh", 404), ("", 404)):  # fmt: skip
        answer = siti.post("/applications/search", {"csrf": csrf, "wanted": wanted})
        assert answer.status == status, wanted
    assert noted(parts) == []
    assert siti.post("/applications/search", {"wanted": resi}).status == 403


def test_a_person_is_shown_once_and_for_a_reason(
    web: WebClient, parts: Parts, siti: Visitor, capfd: pytest.CaptureFixture[str]
) -> None:
    """In the answer alone, which nobody keeps; who, why and about what stands in the audit."""
    history = named()
    web.batch(*history.events)
    page = f"/applications/{history.application}"
    csrf = siti.csrf(page)
    assert siti.post(f"{page}/reveal", {"csrf": csrf, "because": " "}).status == 422
    assert noted(parts) == []
    shown = siti.post(f"{page}/reveal", {"csrf": csrf, "because": BECAUSE})
    assert (shown.status, shown.headers["cache-control"]) == (200, "no-store")
    assert history.nik in shown.text
    assert NAME in shown.text
    after = siti.get(page).text
    assert history.nik not in after
    assert NAME not in after
    detail = {"purpose": "reveal", "because": BECAUSE}
    assert noted(parts) == [("siti", "person-opened", str(history.application), detail)]
    written = "".join(capfd.readouterr())
    assert history.nik not in written
    assert NAME not in written


def test_the_api_searches_and_shows(web: WebClient, parts: Parts) -> None:
    """As the pages do; whoever may not, or asks wrongly, is told nothing of a person."""
    history = named()
    web.batch(*history.events)
    viewer = WebClient(web.address, token_of(parts, "viewer", "viewer"))
    admin = WebClient(web.address, token_of(parts, "admin", "admin"))
    (found,) = asked(viewer, "/api/v1/applications/search", {"nik": history.nik}).json["applications"]
    assert found["application"] == str(history.application)
    assert asked(admin, "/api/v1/applications/search", {"nik": history.nik}).status == 403
    path = f"/api/v1/applications/{history.application}/reveal"
    assert asked(viewer, path, {"because": BECAUSE}).status == 403
    told = asked(web, path, {"because": f"{BECAUSE} with {history.nik}"}).json
    assert told == {"application": str(history.application), "nik": history.nik, "name": NAME}
    assert history.nik not in str(noted(parts))
    assert [one[:3] for one in noted(parts)] == [
        ("token/viewer", "person-searched", str(history.application)),
        ("operator", "person-opened", str(history.application)),
    ]
    bodies: list[Any] = [{"nik": int(history.nik)}, {"nik": f"99{history.nik[2:]}"}, {"wanted": history.nik}, [], "x"]
    for body in bodies:
        answer = asked(web, "/api/v1/applications/search", body)
        assert (answer.status, answer.headers["content-type"]) == (422, "application/problem+json")
        assert history.nik[2:] not in answer.text
    for wrong in ({}, {"because": ""}, {"because": " "}, {"because": BECAUSE, "nik": history.nik}):
        assert asked(web, path, wrong).status == 422
    assert asked(web, f"/api/v1/applications/{history.nik}/reveal", {"because": BECAUSE}).status == 404


def test_the_subject_of_a_request_is_told_to_whom_it_is_addressed(web: WebClient, parts: Parts) -> None:
    """To stations of its role and office, to people who may see somebody; noted; to others there is no such request."""
    search, print_ = named().failed("SEARCH_FAILURE_AT_CENTRAL"), named().verified().allocated()
    web.batch(*search.events, *print_.events)
    requests = dict(
        rows(parts, "select split_part(routing_key, '.', 1), id::text from outbox where exchange = 'ektp.requests'")
    )
    assert set(requests) == {"retry-search", "print-card"}
    stations = {
        name: enrolled(parts, name, role, office).client(web)
        for name, role, office in (
            ("centre", "centre", ""), ("printer1", "printer", "33.74"), ("printer2", "printer", "33.22"),
            ("st337410", "station", "33.74.10"), ("warehouse1", "warehouse", ""),
        )
    }  # fmt: skip

    def subject(who: WebClient, name: str) -> Reply:
        return who.get(f"/api/v1/requests/{requests[name]}/subject")

    told = subject(stations["centre"], "retry-search").json
    assert told == {"request": requests["retry-search"], "application": str(search.application), "nik": search.nik}
    assert subject(stations["printer1"], "print-card").json["nik"] == print_.nik
    for name, who in stations.items():
        for request in requests:
            if (name, request) not in {("centre", "retry-search"), ("printer1", "print-card")}:
                assert subject(who, request).status == 404, (name, request)
    assert subject(WebClient(web.address, token_of(parts, "viewer", "viewer")), "print-card").status == 403
    elsewhere = WebClient(web.address, token_of(parts, "there", "operator", office="33.22"))
    assert subject(elsewhere, "print-card").status == 404
    assert subject(web, "print-card").json["nik"] == print_.nik
    notice = rows(parts, "select id from outbox where exchange = 'ektp.notices' limit 1")[0][0]
    assert web.get(f"/api/v1/requests/{notice}/subject").status == 404
    assert [(actor, about, detail["asked"]) for actor, _, about, detail in noted(parts)] == [
        ("centre", str(search.application), "retry-search"),
        ("printer1", str(print_.application), "print-card"),
        ("operator", str(print_.application), "print-card"),
    ]
