"""Stations over HTTP: who they are, what they may say and ask, how much, and what everybody else may not."""

import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from consumers.ports import Message
from ektp.bootstrap import Parts
from ektp.web.app import ROUTERS
from schemas.samples import valid_event
from schemas.submission import Submission
from tests.conftest import BUSY, Eventually
from tests.enrolled import Enrolled, enrolled, revoked
from tests.histories import History, event
from tests.web_client import WebClient, parts_on, served

CONFIG = "[stations]\nevents_a_minute = 60\nevents_at_once = 1000\n"
PUBLIC = {"/livez", "/readyz", "/metrics", "/version", "/docs", "/login", "/logout", "/openapi.json",
          "/verify/{code}", "/track", "/track/again", "/language",
          "/blanko", "/blanko.csv", "/blanko.json", "/contracts", "/contracts/asyncapi.yaml",
          "/contracts/{kind}/{file}"}  # fmt: skip
OWN = {"/api/v1/requests/{id_}/subject", "/events", "/api/v1/stations/me", "/api/v1/stations/me/events/{event}"}


class Seen:
    """A Watch that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, object]]] = []

    def note(self, messages: Sequence[Message], submissions: Sequence[Submission]) -> None:
        """Remember the sender and the headers of each."""
        pairs = zip(messages, submissions, strict=True)
        self.told += [(submission.sender, dict(message.headers)) for message, submission in pairs]


@pytest.fixture
def watch() -> Seen:
    """Give a watch that is told of everything."""
    return Seen()


@pytest.fixture
def parts(database_url: str, tmp_path: Path) -> Iterator[Parts]:
    """Give the parts of a web process in which a station may send a thousand at once, then one a second."""
    config = tmp_path / "ektp.toml"
    config.write_text(CONFIG)
    with parts_on(database_url, tmp_path, config=config) as made:
        yield made


@pytest.fixture
def station(parts: Parts) -> Enrolled:
    """Give a station of Semarang."""
    return enrolled(parts)


@pytest.fixture
def web(parts: Parts, station: Enrolled, watch: Seen) -> Iterator[WebClient]:
    """Give a client of a server that is up; it knows the token for all roles."""
    with served(parts, watch=watch) as client:
        yield client


def test_a_station_sends_by_its_token_and_by_its_signature(web: WebClient, station: Enrolled) -> None:
    """Each its own events, one or a batch; who signs needs no token."""
    history = History().recorded()
    assert station.client(web).post(history.events[0]).outcomes == [("applied", None)]
    assert station.signed(web, history.events[0]).outcomes == [("repeated", None)]
    more = [History().recorded().events[0] for _ in range(3)]
    assert station.signed(web, more).outcomes == [("applied", None)] * 3
    assert web.get(f"/api/v1/applications/{history.application}").json["history"][0]["by"] == station.name


def test_whatever_is_wrong_with_a_signature_the_answer_is_the_same(
    web: WebClient, parts: Parts, station: Enrolled
) -> None:
    """401 in the same words: wrong, old, of the future, another's, of nobody, or none; and nothing is kept."""
    other = enrolled(parts, "st337402")
    told = History().recorded().events[0]
    answers = [
        station.signed(web, told, 400),
        station.signed(web, told, -400),
        station.signed(web, told, webhook_id="msg_other"),
        station.signed(web, told, webhook_signature=None),
        station.signed(web, told, webhook_signature="v1,AAAA"),
        station.signed(web, told, ektp_station=other.name),
        station.signed(web, told, ektp_station="st999999"),
        station.signed(web, told, ektp_station=None),
        station.signed(web, told, webhook_signature="v1,AAAA", authorization=f"Bearer {web.token}"),
    ]
    assert {answer.status for answer in answers} == {401}
    assert len({answer.body for answer in answers}) == 1
    assert web.parked() == []
    assert station.signed(web, told).status == 202


def test_what_a_station_may_not_say_is_403_and_in_a_batch_a_parked_item(
    web: WebClient, parts: Parts, station: Enrolled
) -> None:
    """Another's source, another role's event, an office outside its own; the good one beside it is applied."""
    good = History().recorded().events[0]
    forbidden = [
        {**valid_event("recorded"), "source": "/stations/st337402"},
        {**valid_event("data-verified"), "source": "/stations/st337401"},
        event(History().application, "recorded", **{**good["data"], "office": "33.22.10"}),
        event("st337402", "station-day-closed", date="2026-02-12", count=1, last_sequence=1),
    ]
    for one in forbidden:
        for answer in (station.client(web).post(one), station.signed(web, one)):
            assert (answer.status, answer.json["reason"]) == (403, "sender-not-allowed")
    outcomes = station.client(web).batch(good, *({**one, "id": str(History().application)} for one in forbidden))
    assert outcomes.outcomes == [("applied", None), *[("parked", "sender-not-allowed")] * len(forbidden)]
    assert {one["station"] for one in web.parked()} == {station.name}
    assert len(web.parked()) == 2 * len(forbidden)
    counter = enrolled(parts, "counter1", role="counter")
    handed = event(good["subject"], "collected", station="counter1", blanko="BL1", by="self", turn=1)
    assert counter.client(web).post(handed).status == 202


def test_a_station_is_shut_out_everywhere_else(web: WebClient, station: Enrolled) -> None:
    """Every route is walked: 403 with a station's token, but for what is public and what is its own."""
    client, walked = station.client(web), set[str]()
    for route in [route for router in ROUTERS for route in router.routes]:
        assert isinstance(route, APIRoute)
        if route.path in PUBLIC | OWN:
            continue
        path = re.sub(r"\{[^}]*\}", "0195e0a4-7c1b-7b52-9d3c-2f1f6f0e8a11", route.path)
        for method in route.methods or ():
            answer = client.ask(method, path)
            assert (answer.status, answer.json["type"]) == (403, "urn:ektp:problem:forbidden"), path
            walked.add(route.path)
    assert set(web.get("/openapi.json").json["paths"]) - PUBLIC - OWN <= walked
    assert {"/", "/board", "/live", "/api/v1/applications/{application}/resi"} <= walked
    form = f"token={station.token}".encode()
    assert web.ask("POST", "/login", form, authorization=None).status == 401


def test_a_station_is_told_who_it_is_and_what_became_of_its_own_events(
    web: WebClient, parts: Parts, station: Enrolled
) -> None:
    """Applied, held, parked; of another's as of what never came: 404."""
    client, history = station.client(web), History().recorded()
    told = client.get("/api/v1/stations/me").json
    assert (told["station"], told["role"], told["office"]) == ("st337401", "station", "33.74")
    assert "recorded" in told["events"]
    assert "printed" not in told["events"]
    bad = {**History().recorded().events[0], "data": {}}
    held = event(History().application, "enrolment-progressed", attempt=1, status="PROCESSING")
    client.batch(history.events[0], bad, held)
    expected = (
        (history.events[0], "applied", None),
        (held, "held", "waits-for-recording"),
        (bad, "parked", "bad-data"),
    )
    for sent, outcome, reason in expected:
        answer = client.get(f"/api/v1/stations/me/events/{sent['id'].upper()}").json
        assert (answer["id"], answer["outcome"], answer["reason"]) == (sent["id"], outcome, reason)
        assert [one["reason"] for one in answer["parked"]] == ([reason] if outcome == "parked" else [])
    web.post({**history.events[0], "time": "2026-01-01T00:00:00Z"})
    anothers = enrolled(parts, "st337402").client(web)
    for name in (history.events[0]["id"], bad["id"], "x", "%00"):
        answer = anothers.get(f"/api/v1/stations/me/events/{name}")
        assert (answer.status, answer.json["detail"]) == (404, "there is no such event")
    assert web.get("/api/v1/stations/me").status == 403
    assert web.get("/api/v1/stations/me", authorization=None).status == 401


def test_a_revoked_station_is_out_within_a_second(
    web: WebClient, parts: Parts, station: Enrolled, eventually: Eventually
) -> None:
    """By token and by signature, also where it was known a moment ago; an added one is in at once."""
    client, told = station.client(web), History().recorded().events[0]
    assert (client.post(told).status, station.signed(web, told).status) == (202, 202)
    revoked(parts, station)
    began = time.monotonic()
    eventually(lambda: client.post(told).status == 401 and station.signed(web, told).status == 401)
    assert time.monotonic() - began < 1 + BUSY
    assert client.get("/api/v1/stations/me").status == 401
    assert enrolled(parts, "st337402").client(web).get("/api/v1/stations/me").status == 200


def test_a_station_that_sends_too_much_is_told_when_to_come_back(
    web: WebClient, parts: Parts, station: Enrolled
) -> None:
    """429, and nothing of it is taken in; other stations and the token for all roles are not concerned."""
    client, event_ = station.client(web), History().recorded().events[0]
    assert client.batch(*[b"1"] * 950).status == 202
    answer = client.batch(event_, *[b"1"] * 199)
    assert (answer.status, answer.json["type"]) == (429, "urn:ektp:problem:too-many")
    assert 100 < int(answer.headers["retry-after"]) <= 150
    assert web.get(f"/api/v1/applications/{event_['subject']}").status == 404
    assert client.post(event_).status == 202
    while client.get("/api/v1/stations/me").status == 200:
        pass
    for refused in (client.post(event_), station.signed(web, event_), client.get("/api/v1/stations/me")):
        assert (refused.status, refused.headers["retry-after"]) == (429, "1")
    assert enrolled(parts, "st337402").client(web).get("/api/v1/stations/me").status == 200
    assert web.batch(event_, *[b"1"] * 999).status == 202


def test_the_watch_is_told_after_the_commit(web: WebClient, station: Enrolled, watch: Seen) -> None:
    """Who sent, and what a station says of itself; of one that was refused as well, but of no request that was."""
    told = {"ektp_sent": "2026-02-12T12:00:00Z", "ektp_unsent": "17"}
    station.client(web).post(History().recorded().events[0], **told)
    station.signed(web, {"id": "x"}, **told)
    web.post(History().recorded().events[0], **told)
    station.signed(web, {"id": "x"}, 400, **told)
    said = {"ektp-sent": "2026-02-12T12:00:00Z", "ektp-unsent": 17}
    assert watch.told == [("st337401", said), ("st337401", said), ("st337401", {})]
