"""A station without AMQP: batches over HTTP to a real door, and to doors that answer what they should not."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from ektp.station.feedback import still_parked
from ektp.station.http_way import HttpWay
from ektp.station.parcels import Entry
from ektp.station.recordings import Recordings
from ektp.station.status import status
from ektp.storage.stations.stations import token_digest
from ektp.storage.stations.wanted import ask_stations
from schemas.samples import NIK
from tests.station_home import STATION, Home, recording
from tests.web_client import WebClient, parts_on, served


@dataclass
class Answer:
    """What a door answers once: a status with headers, or `body`."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


class Door:
    """A door that answers as told, then takes everything; it remembers what was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[dict[str, str], list[Any]]] = []
        self.address = self.too_much = self.date = ""

    def answer(self, headers: dict[str, str], body: bytes) -> Answer:
        """Answer one post."""
        events = json.loads(body)
        self.asked.append((headers, events))
        if any(one.get("id") == self.too_much for one in events):
            return Answer(413)
        if self.answers:
            return self.answers.pop(0)
        told = {"outcomes": [{"id": one["id"], "outcome": "applied", "reason": None} for one in events]}
        return Answer(202, body=json.dumps(told).encode())


@contextmanager
def opened(*answers: Answer) -> Iterator[Door]:
    """Give a door with these answers."""
    door = Door(*answers)

    class Handler(BaseHTTPRequestHandler):
        """Asks the door."""

        def do_POST(self) -> None:
            """Answer."""
            headers = {name.lower(): value for name, value in self.headers.items()}
            told = door.answer(headers, self.rfile.read(int(headers["content-length"])))
            body = told.body or b"{}"
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def date_time_string(self, timestamp: float | None = None) -> str:
            """Tell the door's time."""
            return door.date or super().date_time_string(timestamp)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    door.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield door
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Give a station without a broker."""
    return Home(tmp_path, broker=None, http="http://127.0.0.1:1")


@pytest.fixture
def web(database_url: str, tmp_path: Path) -> Iterator[WebClient]:
    """Give a client of the real door."""
    with parts_on(database_url, tmp_path) as parts, served(parts) as client:
        yield client


def way(address: str, token: str | None = None) -> HttpWay:
    """Make a way."""
    return HttpWay(address, token or "ektp_st_of_the_tests", time.time, deadline=5)


def test_a_spool_goes_through_the_real_door(home: Home, web: WebClient) -> None:
    """Answered after the commit: what was parked is there too, and the station is told."""
    home.publish(700)
    home.record(2)
    address = f"http://{web.host}:{web.port}"
    report = home.flush(way(address, web.token or ""))
    assert (report.confirmed, report.away, home.unsent()) == (702, "", 0)
    assert web.get("/api/v1/summary").json["events"]["applied"] == 702
    assert home.asked(lambda spool: spool.send_again(0)) == 702
    assert home.flush(way(address, web.token or "")).confirmed == 702
    assert web.get("/api/v1/summary").json["events"]["repeated"] == 702


def test_headers_tell_when_it_was_sent_and_what_still_waits(home: Home) -> None:
    """And the token; never in the address."""
    home.publish(600)
    with opened() as door:
        home.flush(way(door.address))
    assert [headers["ektp-unsent"] for headers, _ in door.asked] == ["100", "0"]
    assert all(headers["authorization"] == "Bearer ektp_st_of_the_tests" for headers, _ in door.asked)
    assert all("ektp-sent" in headers for headers, _ in door.asked)


def test_a_batch_has_room_for_a_mebibyte(home: Home) -> None:
    """However large the events are."""
    with home.spool() as spool, spool.writing() as pen:
        for number in range(40):
            body = json.dumps({"id": str(number), "data": "x" * 60_000}).encode()
            pen.keep(Entry(str(number), "recorded", time.time(), "2026-02-12", body, number + 1), time.time())
    with opened() as door:
        assert home.flush(way(door.address)).confirmed == 40
    assert [len(events) for _, events in door.asked] == [16, 16, 8]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(429, {"Retry-After": "0.1"}),
        Answer(503),
        Answer(500),
        Answer(502, body=b"<html>"),
        Answer(202, body=b"[]"),
    ],
)
def test_an_answer_that_is_no_yes_is_waited_out(home: Home, answer: Answer) -> None:
    """Everything stays meanwhile, one line says why, and all leave in the end."""
    home.publish(3)
    with opened(answer) as door:
        report = home.flush(way(door.address))
    assert (report.confirmed, home.unsent()) == (3, 0)
    assert len(home.said) == 1
    assert len(door.asked[1][1]) == 1, "after a refusal it begins with one"


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_is_void_is_said_at_once(home: Home, status: int) -> None:
    """Trying again is of no use."""
    home.publish(3)
    with opened(Answer(status)) as door:
        report = home.flush(way(door.address), patience=60)
    assert "refuses the account" in report.away
    assert (len(door.asked), home.unsent()) == (1, 3)


def test_no_redirect_is_followed_with_the_token(home: Home) -> None:
    """Wherever it leads."""
    home.publish(1)
    with opened() as elsewhere, opened(*[Answer(302, {"Location": elsewhere.address})] * 50) as door:
        report = home.flush(way(door.address), patience=0.5)
    assert elsewhere.asked == []
    assert "302" in report.away
    assert home.unsent() == 1


def test_one_event_that_is_too_much_for_the_door_holds_nobody_up(home: Home) -> None:
    """Alone it is told apart."""
    ids = home.publish(6)

    with opened() as door:
        door.too_much = ids[2]
        report = home.flush(way(door.address))
    assert (report.confirmed, report.refused, home.unsent()) == (5, 1, 1)


def test_what_is_parked_is_shown_with_its_reason(home: Home) -> None:
    """Once, also when it is sent again."""
    (event,) = home.publish(1)
    parked = {"outcomes": [{"id": event, "outcome": "parked", "reason": "sender-not-allowed"}]}
    answer = Answer(202, body=json.dumps(parked).encode())
    with opened(answer, answer) as door:
        home.flush(way(door.address))
        home.asked(lambda spool: spool.send_again(0))
        home.flush(way(door.address))
    assert [one.data["event"] for one in home.heard] == [event]
    assert [(one["event"], one["reason"]) for one in home.asked(still_parked)] == [(event, "sender-not-allowed")]


def test_a_clock_that_is_wrong_is_noticed_by_the_centres_answer(home: Home) -> None:
    """By the difference to the date of the answer."""
    home.publish(1)
    with opened() as door:
        door.date = "Mon, 12 Feb 2018 08:15:00 GMT"
        home.flush(way(door.address))
    assert "ahead" in status(home.at, home.enrolment, datetime.now(UTC))["clock"]


def test_nobody_is_named_where_the_door_is_wrong(home: Home) -> None:
    """No line holds a person."""
    with home.spool() as spool:
        Recordings(spool, home.enrolment).record([recording(nik=NIK)], datetime.now(UTC))
    with opened(*[Answer(418, body=NIK.encode())] * 50) as door:
        report = home.flush(way(door.address), patience=0.3)
    assert NIK not in report.away + "".join(home.said)
    assert home.unsent() == 1


def test_a_restored_centre_is_sent_everything_again(home: Home, web: WebClient, database_url: str) -> None:
    """The station asks with each flush whether something is wanted, and does it once."""
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into stations (name, role, office, token, secret, added_by)"
            " values (%s, 'station', '33.74', %s, '', '')",
            [STATION, token_digest("ektp_st_of_the_tests")],
        )
    home.publish(3)
    door = f"http://{web.host}:{web.port}"
    assert home.flush(way(door)).confirmed == 3
    with psycopg.connect(database_url) as connection:
        ask_stations(connection, uuid4(), datetime.now(UTC) - timedelta(hours=1))
    assert home.flush(way(door)).confirmed == 3
    assert [word.kind for word in home.heard] == ["events-wanted"]
    assert home.flush(way(door)).confirmed == 0
    assert web.get("/api/v1/summary").json["events"]["repeated"] == 3
