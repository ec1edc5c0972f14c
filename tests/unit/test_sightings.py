"""What a batch of messages tells of its senders."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from consumers.front_door import submission_of
from consumers.ports import Message
from consumers.sightings import Sighting, runs, sightings
from schemas.reasons import Reason
from schemas.submission import Door, Refusal, Submission
from tests.histories import NOON, OFFICE, History

SENT = "2026-02-12T11:59:58+00:00"


def message(wire: dict[str, Any] | bytes, *, late: bool = False, **headers: object) -> Message:
    """Return a message as the station of its source sends it."""
    body = wire if isinstance(wire, bytes) else json.dumps(wire).encode()
    station = json.loads(body)["source"].rpartition("/")[2]
    key = f"recorded.{station}{'.late' if late else ''}"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Message(body, "application/cloudevents+json", None, named, key, None, 0, False, 1)


def recorded(station: str = "st337401", **more: Any) -> dict[str, Any]:
    """Return a recording."""
    return {**History().recorded().events[0], "source": f"/stations/{station}", "time": NOON.isoformat(), **more}


def seen(*messages: Message) -> list[Sighting]:
    """Return what they tell."""
    return sightings(messages, [submission_of(one) for one in messages])


def test_each_station_is_seen_once_a_batch_with_its_numbers_and_its_own_word() -> None:
    """In the order of their names, so that nobody who writes them waits crosswise."""
    messages = (
        message(recorded("st337402", sequence="7"), ektp_sent=SENT, ektp_unsent=3),
        message(recorded(sequence="1042"), ektp_sent=SENT, ektp_unsent="12"),
        message(recorded(sequence="1043", time="2026-02-12T11:00:00Z")),
        message(recorded(sequence="1043")),
    )
    first, second = seen(*messages)
    sent = datetime(2026, 2, 12, 11, 59, 58, tzinfo=UTC)
    assert first == Sighting("st337401", OFFICE, NOON, frozenset({1042, 1043}), 12, sent, waited=False)
    assert second == Sighting("st337402", OFFICE, NOON, frozenset({7}), 3, sent, waited=False)


def test_a_number_of_what_was_refused_has_arrived_too() -> None:
    """It lies in the parking lot; it is not on the laptop any more."""
    broken = recorded(sequence="9")
    broken["data"]["nik"] = "none"
    (one,) = seen(message(broken), message(recorded(sequence="10")))
    assert one.sequences == {9, 10}


def test_what_may_be_forged_counts_for_nobody() -> None:
    """Otherwise anybody could keep a silent station from being missed."""
    refusal = Refusal(Reason.SENDER_NOT_ALLOWED, "no", violation="revoked")
    messages = [message(recorded(sequence="5"))] * 2
    forged = Submission(Door.AMQP, "st337401", messages[0].body, None, refusal)
    unknown = Submission(Door.AMQP, "", messages[0].body, None, Refusal(Reason.NOT_JSON, "no"))
    assert sightings(messages, [forged, unknown]) == []


def test_when_something_was_sent_that_lay_in_the_late_queue_is_only_known_to_be_past() -> None:
    """A word that came straight is worth more."""
    (late,) = seen(message(recorded(), late=True, ektp_sent=SENT))
    assert late.waited
    (both,) = seen(message(recorded(), late=True, ektp_sent=SENT), message(recorded(), ektp_sent=SENT))
    assert not both.waited


@pytest.mark.parametrize(
    "headers",
    [
        {"ektp_sent": "yesterday", "ektp_unsent": "many"},
        {"ektp_sent": "2026-02-12T12:00:00", "ektp_unsent": -1},
        {"ektp_sent": "1970-01-01T00:00:00Z", "ektp_unsent": True},
        {"ektp_sent": 5, "ektp_unsent": None},
        {"ektp_sent": "9999-12-31T23:59:59-12:00", "ektp_unsent": "٣"},
    ],
)
def test_a_word_that_cannot_be_read_is_no_word(headers: dict[str, Any]) -> None:
    """Headers are written by anybody, and stop nothing."""
    (one,) = seen(message(recorded(), **headers))
    assert (one.sent, one.unsent) == (None, None)


def test_numbers_are_kept_as_runs() -> None:
    """A million without a gap are one."""
    assert runs({5, 1, 2, 3, 9}) == [(1, 4), (5, 6), (9, 10)]
    assert runs(range(1_000_000)) == [(0, 1_000_000)]
    assert runs(()) == []
