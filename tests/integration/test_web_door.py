"""The door for events over HTTP: three ways to send, one answer for each event, after the commit."""

import json
from uuid import UUID

import psycopg
import pytest

from tests.histories import History, happy
from tests.web_client import BATCH, STRUCTURED, WebClient


def test_a_structured_event_is_applied_and_a_second_time_repeated(web: WebClient) -> None:
    """202 both times, with the id and what became of it."""
    event = History().recorded().events[0]
    first, second = web.post(event), web.post(event, content_type=f"{STRUCTURED}; charset=utf-8")
    assert (first.status, second.status) == (202, 202)
    assert first.json == {"outcomes": [{"id": event["id"], "outcome": "applied", "reason": None}]}
    assert second.outcomes == [("repeated", None)]
    assert web.get(f"/api/v1/applications/{event['subject']}").json["state"] == "recorded"


def test_a_binary_event_is_the_same_event(web: WebClient) -> None:
    """With ce- headers, percent-encoded as the binding has it."""
    event = History().recorded().events[0]
    about = {f"ce_{name}": value for name, value in event.items() if name not in ("data", "datacontenttype")}
    about["ce_time"] = about["ce_time"].replace(":", "%3A")
    body = json.dumps(event["data"]).encode()
    assert web.post(body, content_type="application/json", **about).outcomes == [("applied", None)]
    assert web.post(event).outcomes == [("repeated", None)]


def test_a_batch_has_an_outcome_for_each_and_one_bad_event_spoils_nothing(web: WebClient) -> None:
    """202, the outcomes in the order of the events, whatever stands between them."""
    history = happy()
    bad = [b'{"id":"e1"', b'"\xff"', b"[1, 2]", b"", json.dumps({**history.events[0], "id": "x"}).encode()]
    answer = web.batch(history.events[0], *bad[1:], *history.events[1:])
    assert answer.status == 202
    assert answer.outcomes == [
        ("applied", None),
        ("parked", "not-utf-8"),
        ("parked", "not-an-object"),
        ("parked", "not-json"),
        ("parked", "bad-id"),
        *[("applied", None)] * (len(history.events) - 1),
    ]
    assert web.post(b" [ ] ", content_type=BATCH).json == {"outcomes": []}


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[", b'[{"a": "]', b"[]x", b"[}", b'["' + b'\\"' * 200_000, b"[" * 200_000]
)
def test_a_batch_that_cannot_be_cut_is_refused_and_kept_as_a_whole(web: WebClient, body: bytes) -> None:
    """400 at once, however it was twisted, and one parked item."""
    answer = web.post(body, content_type=BATCH)
    assert (answer.status, answer.json["reason"]) == (400, "not-json")
    assert [one["reason"] for one in web.get("/api/v1/parked").json] == ["not-json"]


def test_a_batch_of_too_many_or_too_much_is_refused(web: WebClient) -> None:
    """More than a thousand events, or more than a mebibyte."""
    for body in (b"[" + b"1," * 1000 + b"1]", b'["' + b"x" * 1_048_600 + b'"]'):
        answer = web.post(body, content_type=BATCH)
        assert (answer.status, answer.json["reason"]) == (413, "too-large")
    assert web.batch(b'"' + b"x" * 70_000 + b'"').outcomes == [("parked", "too-large")]


def test_what_is_decoded_and_cannot_be_is_422_and_tells_the_outcome(web: WebClient) -> None:
    """A problem of RFC 9457; also when it comes again, and also when only the journal knows that it cannot be."""
    event = History().recorded().events[0]
    bad = {**event, "data": {**event["data"], "channel": "post"}}
    for outcome in ("parked", "repeated"):
        answer = web.post(bad)
        assert (answer.status, answer.headers["content-type"]) == (422, "application/problem+json")
        told = answer.json
        assert told["type"] == "urn:ektp:problem:bad-data"
        assert (told["status"], told["reason"], told["title"]) == (422, "bad-data", "Unprocessable Entity")
        assert told["outcomes"][0]["outcome"] == outcome
    web.post(event)
    other = History(1).recorded().events[0]
    reused = web.post({**other, "id": event["id"]})
    assert (reused.status, reused.json["reason"]) == (422, "id-reused")


def test_the_sender_is_the_station_that_the_source_names(web: WebClient, database_url: str) -> None:
    """With the token for all roles; also of an event that was refused, so that its station is told."""
    event = History().recorded().events[0]
    web.post(event)
    web.post({**event, "id": "no id"})
    web.post({**event, "id": str(UUID(int=7)), "source": "/elsewhere", "time": "no time"})
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select door, station from history").fetchall() == [("http", "st337401")]
        parked = connection.execute("select door, sender, reason from parked order by reason").fetchall()
        assert parked == [("http", "st337401", "bad-id"), ("http", "", "bad-time")]
        told = connection.execute("select routing_key from outbox where exchange = 'ektp.feedback'").fetchall()
        assert told == [("event-parked.st337401",)]


def test_a_compressed_body_and_another_content_type_are_415(web: WebClient) -> None:
    """Nothing is unpacked, nothing is guessed."""
    event = json.dumps(History().recorded().events[0]).encode()
    assert web.post(event, content_encoding="gzip").json["reason"] == "encoding-not-allowed"
    assert web.post(b"[]", content_type=BATCH, content_encoding="gzip").status == 415
    for kind in ("text/plain", "application/json", f"{BATCH}; charset=utf-16", None):
        answer = web.post(event, content_type=kind)
        assert (answer.status, answer.json["reason"]) == (415, "content-type-not-allowed")
