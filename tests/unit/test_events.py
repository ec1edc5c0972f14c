"""The events of the contract: every name, every rule of every field."""

import json
import pickle
from typing import Any
from uuid import UUID

import pytest
from pydantic import TypeAdapter

from schemas.errors import NoSuchEvent, Refused
from schemas.events import EVENTS, OPERATOR_EVENTS, SYSTEM_EVENTS, AnyEvent, BlankoReceived, Event, Recorded
from schemas.reasons import Reason
from schemas.samples import NIK, SAMPLES, valid_event
from schemas.serials import serials
from schemas.submission import read_event
from tests.required_data import REQUIRED

#: What each event's data must hold, in the order of the contract; everything else in it is optional. The last two are
#: the pipeline's own.
NAMES = list(REQUIRED)
FULL_RECORDING: dict[str, Any] = {
    "birth_date": "1999-08-25",
    "kelurahan": "Tembalang",
    "contact": {"kind": "whatsapp", "address": "+62 811 0000 0000"},
    "quality": {"face": 90, "fingers": 71, "iris": 0},
    "exceptions": ["left-iris"],
    "urgent": {"because": "hospital", "approved_by": "Contoh Empat"},
}


def read(name: str, **data: Any) -> AnyEvent:
    """Read a sample with these fields."""
    return read_event(valid_event(name, **data))


def refusal(wire: dict[str, Any]) -> Refused:
    """Give why an event is refused."""
    with pytest.raises(Refused) as caught:
        read_event(wire)
    return caught.value


def test_there_is_exactly_what_the_contract_names() -> None:
    """By name, by sample, by what must stand in the data."""
    assert list(EVENTS) == list(SAMPLES) == NAMES
    assert set(NAMES) > OPERATOR_EVENTS | SYSTEM_EVENTS
    for name, event in EVENTS.items():
        data = event.model_fields["data"].annotation
        assert data is not None
        required = {field.alias or key for key, field in data.model_fields.items() if field.is_required()}
        assert required == set(REQUIRED[name].split()), name


@pytest.mark.parametrize("name", NAMES)
def test_every_event_reads_writes_and_pickles(name: str) -> None:
    """What it writes in its canonical form it reads as the same event."""
    event = read(name, **(FULL_RECORDING if name == "recorded" else {}))
    assert isinstance(event, EVENTS[name])
    assert event.name == name
    assert read_event(json.loads(event.canonical())).canonical() == event.canonical()
    assert pickle.loads(pickle.dumps(event)) == event
    assert TypeAdapter[Event](AnyEvent).validate_json(json.dumps(valid_event(name))).name == name


@pytest.mark.parametrize("name", NAMES)
def test_every_field_that_is_required_is_missed(name: str) -> None:
    """The sentence names it."""
    for field in REQUIRED[name].split():
        refused = refusal(valid_event(name, **{field: None}))
        assert (refused.reason, refused.detail) == (Reason.BAD_DATA, f"data.{field} is missing")


@pytest.mark.parametrize("name", NAMES)
def test_no_event_takes_a_field_it_does_not_have(name: str) -> None:
    """In the data; the envelope may carry extensions."""
    assert refusal(valid_event(name, is_admin=True)).reason is Reason.UNKNOWN_FIELD
    assert read_event(valid_event(name) | {"isadmin": True}).extensions == {"isadmin": True}


def test_a_recording_keeps_the_person_apart() -> None:
    """What is public holds nothing that tells who it is, and neither does what is printed."""
    event = read("recorded", **FULL_RECORDING)
    assert isinstance(event, Recorded)
    assert event.personal() == {
        "nik": NIK,
        "name": "Contoh Satu",
        "birth_date": "1999-08-25",
        "contact": FULL_RECORDING["contact"],
        "exceptions": FULL_RECORDING["exceptions"],
        "urgent": FULL_RECORDING["urgent"],
    }
    told = json.dumps(event.public()) + repr(event) + str(event)
    for private in (NIK, "Contoh Satu", "1999-08-25", "1999, 8, 25", "811 0000"):
        assert private not in told
    assert event.public()["office"] == "33.74.10"
    assert read("printed").personal() is None


def test_the_canonical_form_does_not_depend_on_the_spelling() -> None:
    """Order of keys, case of ids, offset of the time, NFC or NFD: the same fact is the same bytes."""
    wire = valid_event("recorded", name="Jos\u00e9")
    other = {key: wire[key] for key in reversed(wire)}
    other |= {"id": wire["id"].upper(), "subject": wire["subject"].upper(), "time": "2018-02-12t01:15:00.000z"}
    other["datacontenttype"] = "application/json; charset=utf-8"
    other["data"] = {**{key: wire["data"][key] for key in reversed(wire["data"])}, "name": "Jose\u0301"}
    assert read_event(other).canonical() == read_event(wire).canonical()
    assert read_event(wire | {"sequence": "2"}).canonical() != read_event(wire).canonical()


def test_defaults_are_those_of_the_contract() -> None:
    """Try and turn begin at 1; a print without a turn is told apart by its blanko."""
    assert read("enrolment-progressed", **{"try": None}).public()["try"] == 1
    assert read("blanko-allocated", turn=None).public()["turn"] == 1
    assert "turn" not in read("printed", turn=None).public()
    assert "try" not in read("remedy-ordered").public()


def test_the_id_is_a_uuid_and_the_station_is_in_the_source() -> None:
    """A source that names none gives none."""
    event = read("recorded")
    assert isinstance(event.id, UUID)
    assert event.station == "st337401"
    assert read_event(valid_event("recorded", source="urn:uuid:x")).station is None
    assert read_event(valid_event("recorded", source="/stations/ST")).station is None


@pytest.mark.parametrize(
    ("name", "fields", "reason"),
    [
        ("recorded", {"channel": "post"}, Reason.BAD_DATA),
        ("recorded", {"reason": "FIRST"}, Reason.BAD_DATA),
        ("recorded", {"attempt": 1000}, Reason.BAD_DATA),
        ("recorded", {"enrolment": ""}, Reason.BAD_DATA),
        ("recorded", {"enrolment": "x" * 65}, Reason.BAD_DATA),
        ("recorded", {"name": "   "}, Reason.BAD_DATA),
        ("recorded", {"name": ["Contoh"]}, Reason.BAD_DATA),
        ("recorded", {"birth_date": "1999-02-29"}, Reason.BAD_DATA),
        ("recorded", {"birth_date": "1999-08-25T00:00:00Z"}, Reason.BAD_DATA),
        ("recorded", {"birth_date": 935539200}, Reason.BAD_DATA),
        ("recorded", {"contact": {"kind": "fax", "address": "1"}}, Reason.BAD_DATA),
        ("recorded", {"contact": {"kind": "sms", "address": "1", "nik": "x"}}, Reason.UNKNOWN_FIELD),
        ("recorded", {"quality": {"face": 101}}, Reason.BAD_DATA),
        ("recorded", {"quality": {}}, Reason.BAD_DATA),
        ("recorded", {"exceptions": "iris"}, Reason.BAD_DATA),
        ("recorded", {"exceptions": {"iris": 1}}, Reason.BAD_DATA),
        ("recorded", {"exceptions": ["x"] * 21}, Reason.BAD_DATA),
        ("recorded", {"urgent": {"because": "hospital"}}, Reason.BAD_DATA),
        ("recorded", {"office": "33"}, Reason.BAD_OFFICE),
        ("recorded", {"office": 33.74}, Reason.BAD_OFFICE),
        ("verification-failed", {"status": "PRINT_READY_RECORD"}, Reason.BAD_DATA),
        ("verification-failed", {"try": 0}, Reason.BAD_DATA),
        ("resident-invited", {"when": "2018-02-19"}, Reason.BAD_TIME),
        ("printed", {"blanko": "ktp-1"}, Reason.BAD_DATA),
        ("printed", {"blanko": "-KTP"}, Reason.BAD_DATA),
        ("printed", {"blanko": "K" * 33}, Reason.BAD_DATA),
        ("printed", {"blanko": "KTP-1\n"}, Reason.BAD_DATA),
        ("card-destroyed", {"by": ["Contoh Dua"]}, Reason.BAD_DATA),
        ("card-destroyed", {"by": ["Contoh Dua", " contoh  DUA"]}, Reason.BAD_DATA),
        ("collected", {"by": "neighbour"}, Reason.BAD_DATA),
        ("collected", {"suket_returned": "yes"}, Reason.BAD_DATA),
        ("station-day-closed", {"count": -1}, Reason.BAD_DATA),
        ("station-day-closed", {"last_sequence": "E-1"}, Reason.BAD_DATA),
        ("station-day-closed", {"last_sequence": True}, Reason.BAD_DATA),
        ("remedy-ordered", {"remedy": "pray"}, Reason.BAD_DATA),
        ("outage-declared", {"until": "2018-02-12T07:00:00+07:00"}, Reason.BAD_DATA),
        ("deadline-passed", {"deadline": "Verification"}, Reason.BAD_DATA),
        ("deadline-passed", {"version": 2**31}, Reason.BAD_DATA),
    ],
)
def test_a_field_that_breaks_its_rule_is_refused(name: str, fields: dict[str, Any], reason: Reason) -> None:
    """Each by its own reason."""
    assert refusal(valid_event(name, **fields)).reason is reason


def test_odd_values_that_are_true_are_taken() -> None:
    """The contract leaves them open."""
    assert read("collected", suket_returned=True).public()["suket_returned"] is True
    assert read("collected", suket_returned="471.13/10231").public()["suket_returned"] == "471.13/10231"
    assert read("station-day-closed", last_sequence=1042).public()["last_sequence"] == "1042"
    assert read("recorded", quality={"face": 88}).public()["quality"] == {"face": 88}


@pytest.mark.parametrize(
    ("name", "subject", "known"),
    [
        ("blanko-received", "33.74", True),
        ("blanko-received", "0195E0A4-7C1B-7F00-8000-6A6E1F2B3C4D", True),
        ("blanko-received", "33.99", False),
        ("blanko-received", "Contoh", False),
        ("station-day-closed", "st337401", True),
        ("station-day-closed", "ST-1", False),
        ("station-day-closed", NIK, False),
        ("outage-declared", "centre", True),
        ("outage-declared", "33.74.10", True),
        ("outage-ended", "nowhere", False),
        ("remedy-ordered", "33.74", False),
        ("printed", "centre", False),
    ],
)
def test_the_subject_is_what_the_event_is_about(name: str, subject: str, known: bool) -> None:
    """An application; an office, a station or the centre for some."""
    wire = valid_event(name, subject=subject)
    if known:
        assert read_event(wire).subject == (subject.lower() if "-" in subject else subject)
    else:
        assert refusal(wire).reason is Reason.BAD_SUBJECT


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [
        ("KTP-0001", "KTP-0001", 1),
        ("KTP-0998", "KTP-1001", 4),
        ("A1-000001", "A1-100000", 100_000),
        ("0001", "0003", 3),
        ("KTP", "KTP", 1),
        ("A1-000001", "A1-100001", None),
        ("KTP-0002", "KTP-0001", None),
        ("KTP-1", "KTP-10", None),
        ("KTP-01", "KTQ-02", None),
        ("KTP", "KTQ", None),
    ],
)
def test_a_range_of_serials_differs_in_its_last_digits(first: str, last: str, count: int | None) -> None:
    """Equally many digits, the first not after the last, at most 100,000."""
    wire = valid_event("blanko-received", first=first, last=last)
    if count is None:
        assert refusal(wire).reason is Reason.BAD_DATA
        return
    event = read_event(wire)
    assert isinstance(event, BlankoReceived)
    listed = list(event.data.serials())
    assert (event.data.count, len(listed), len(set(listed)), listed[0], listed[-1]) == (
        count,
        count,
        count,
        first,
        last,
    )


def test_serials_keep_their_leading_zeros() -> None:
    """They are text."""
    assert list(serials("K-09", "K-11")) == ["K-09", "K-10", "K-11"]


def test_a_nik_in_a_remark_is_masked_and_as_a_paper_number_refused() -> None:
    """Remarks and numbers leave us; neither may carry a person."""
    event = read("verification-failed", detail=f"same fingers as {NIK}")
    assert event.public()["detail"] == "same fingers as 337410**********"
    assert NIK not in event.canonical().decode()
    for name, field in (("central-record-deleted", "reference"), ("collected", "letter"), ("printed", "printer")):
        refused = refusal(valid_event(name, **{field: NIK}))
        assert refused.reason is Reason.BAD_DATA
        assert NIK not in refused.detail


def test_every_event_has_a_json_schema() -> None:
    """As a whole and each by itself; text and dates are described as such."""
    assert len(TypeAdapter[Event](AnyEvent).json_schema()["oneOf"]) == len(EVENTS)
    schema = Recorded.model_json_schema()
    assert schema["properties"]["id"]["format"] == "uuid"
    assert schema["properties"]["time"]["format"] == "date-time"
    assert schema["$defs"]["RecordedData"]["additionalProperties"] is False


def test_there_is_no_sample_of_what_is_no_event() -> None:
    """The error says which name was asked for."""
    with pytest.raises(NoSuchEvent, match="there is no event shredded") as caught:
        valid_event("shredded")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
