"""What leaves: every writer's bytes fit the model that the contract promises."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from cloudevents.core.bindings import rabbitmq
from pydantic import ValidationError

from schemas import feedback, notices, requests
from schemas.cloudevents import STRUCTURED_TYPE
from schemas.feedback import FEEDBACK
from schemas.notices import NOTICES
from schemas.outgoing import Outgoing
from schemas.reasons import Reason
from schemas.requests import REQUESTS
from schemas.resident import RESIDENT, Resident
from schemas.wire_json import read_object

ID = UUID("0195e0a4-7c1b-7b52-9d3c-2f1f6f0e8a11")
APPLICATION = "0195e0a4-7c1b-7f00-8000-6a6e1f2b3c4d"
NOW = datetime(2018, 2, 12, 1, 15, 0, 250000, tzinfo=UTC)
NEWS: dict[str, Any] = {
    "application": APPLICATION,
    "resi": "R7K2-M4",
    "office": "33.74.10",
    "state": "printed",
    "previous": "allocated",
    "attempt": 1,
    "because": "ready-to-collect",
    "whose_move": "resident",
    "due": NOW,
}
STOCK: dict[str, Any] = {
    "office": "33.74", "in_stock": 12, "waiting": 480, "because": None, "whose_move": "warehouse", "due": None
}  # fmt: skip
MISSING: dict[str, Any] = {
    "office": "33.74", "station": "st337401", "date": "2018-02-12", "counted": 41, "arrived": 39,
    "whose_move": "station",
}  # fmt: skip
ASKED: dict[str, Any] = {"application": APPLICATION, "office": "33.74.10", "answer_by": NOW}
RECORDING: dict[str, Any] = {"attempt": 1, "enrolment": "E-337410-001042", "station": "st337401"}
CARD: dict[str, Any] = {"blanko": "KTP-0001", "turn": 1, "printer": None}
REQUEST_DATA: dict[str, dict[str, Any]] = {
    "resend-packet": {**ASKED, **RECORDING, "try": 2},
    "retry-search": {**ASKED, **RECORDING, "try": 3},
    "delete-central-record": {**ASKED, **RECORDING},
    "invite-resident": {**ASKED, "attempt": 1, "enrolment": None},
    "print-card": {**ASKED, **CARD},
    "void-print": {**ASKED, **CARD},
    "destroy-card": {**ASKED, **CARD},
    "deliver-blanko": {"office": "33.74", "count": 500, "answer_by": NOW},
}


def check(model: type[Outgoing], body: bytes) -> dict[str, Any]:
    """Read what was written by its model, and by the official package."""
    wire = read_object(body)
    read = model.model_validate(wire)
    assert read.name == model.name
    official = rabbitmq.from_rabbitmq_event(rabbitmq.RabbitMQMessage({}, STRUCTURED_TYPE, body))
    assert official.get_type() == f"id.ektp.{model.name}.v1"
    assert official.get_time() == NOW
    assert (wire["id"], wire["source"], wire["specversion"]) == (str(ID), "/ektp", "1.0")
    return wire


@pytest.mark.parametrize("name", NOTICES)
def test_every_notice_that_is_written_fits_its_model(name: str) -> None:
    """With the words for the resident, where it is about one."""
    data, subject = {"stock-low": (STOCK, "33.74"), "recording-missing": (MISSING, "st337401")}.get(
        name, (NEWS, APPLICATION)
    )
    wire = check(NOTICES[name], notices.write(name, id=ID, subject=subject, time=NOW, sequence=7, data=data))
    assert wire["sequence"] == "7"
    assert ("resident" in wire["data"]) == (name in RESIDENT)


@pytest.mark.parametrize("name", REQUESTS)
def test_every_request_that_is_written_fits_its_model(name: str) -> None:
    """What does not apply is left out."""
    data = REQUEST_DATA[name]
    subject = data.get("application", data["office"])
    wire = check(REQUESTS[name], requests.write(name, id=ID, subject=subject, time=NOW, sequence=1, data=data))
    assert None not in wire["data"].values()
    assert wire["data"]["answer_by"] == "2018-02-12T01:15:00.250000Z"


@pytest.mark.parametrize("name", sorted(set(FEEDBACK) - {"station-day-counted", "events-wanted"}))
def test_every_word_to_a_station_fits_its_model(name: str) -> None:
    """About an event, or about something that had no id."""
    wire = check(
        FEEDBACK[name],
        feedback.write(name, id=ID, time=NOW, parked=ID, reason=Reason.BAD_NIK, event=ID, detail="data.nik is missing"),
    )
    assert (wire["data"]["event"], wire["data"]["reason"]) == (str(ID), "bad-nik")
    check(FEEDBACK[name], feedback.write(name, id=ID, time=NOW, parked=ID, reason=Reason.NOT_JSON))


def test_what_arrived_of_a_day_is_told_as_the_contract_says() -> None:
    """With the running numbers that did not."""
    counted = {"date": "2018-02-12", "counted": 212, "arrived": 210, "missing": ["1041", "1042"]}
    wire = check(FEEDBACK["station-day-counted"], feedback.write_day(ID, "st337410", NOW, counted))
    assert (wire["subject"], wire["data"]) == ("st337410", counted)


def test_a_restored_centre_says_from_when_on_it_wants_everything_again() -> None:
    """As the contract says it."""
    wire = check(FEEDBACK["events-wanted"], feedback.write_wanted(ID, "st337410", NOW, NOW - timedelta(days=1)))
    assert (wire["subject"], wire["data"]) == ("st337410", {"since": "2018-02-11T01:15:00.250000Z"})


def test_there_is_exactly_what_the_contract_names() -> None:
    """Seventeen notices, eight requests, four words to stations."""
    assert set(NOTICES) == {
        "application-recorded",
        "application-failed",
        "application-verified",
        "application-allocated",
        "application-printed",
        "application-collected",
        "application-cancelled",
        "re-recording-required",
        "review-opened",
        "suket-issued",
        "suket-withdrawn",
        "deadline-missed",
        "waiting-for-blanko",
        "visit-announced",
        "visit-called-off",
        "stock-low",
        "recording-missing",
    }
    assert set(REQUESTS) == set(REQUEST_DATA)
    assert set(FEEDBACK) == {"event-parked", "event-repaired", "station-day-counted", "events-wanted"}


def test_the_same_notice_is_the_same_bytes() -> None:
    """A redelivery cannot be told from the first."""
    first, again = (
        notices.write("suket-issued", id=ID, subject=APPLICATION, time=NOW, sequence=3, data=NEWS) for _ in range(2)
    )
    assert first == again


@pytest.mark.parametrize("name", RESIDENT)
def test_the_resident_is_told_in_both_languages_what_to_do(name: str) -> None:
    """Plain words: whoever must come is asked to, and is told what to bring."""
    resident = Resident.model_validate(RESIDENT[name])
    assert 40 < len(resident.text.id) < 300
    assert 40 < len(resident.text.en) < 300
    if resident.must_come:
        assert "Silakan" in resident.text.id
        assert "Please come" in resident.text.en
        assert resident.bring


def test_lenses_are_mentioned_before_a_recording() -> None:
    """They are why many recordings fail."""
    text = RESIDENT["re-recording-required"]["text"]
    assert "lensa kontak" in text["id"]
    assert "contact lenses" in text["en"]


@pytest.mark.parametrize("broken", [{"nik": "x"}, {"state": "new"}, {"office": "33"}, {"resident": None}])
def test_the_model_promises_nothing_else(broken: dict[str, Any]) -> None:
    """A field too many, a state that is none, an office of nowhere, no word for the resident."""
    body = notices.write("application-printed", id=ID, subject=APPLICATION, time=NOW, sequence=1, data=NEWS)
    wire = json.loads(body)
    with pytest.raises(ValidationError):
        NOTICES["application-printed"].model_validate({**wire, "data": {**wire["data"], **broken}})
