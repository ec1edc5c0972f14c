"""CloudEvents: our reader and writer beside the official package, both ways and in both modes."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cloudevents.core.bindings import rabbitmq
from cloudevents.core.v1.event import CloudEvent

from schemas.cloudevents import STRUCTURED_TYPE, write_binary, write_structured
from schemas.events import SYSTEM_EVENTS
from schemas.reasons import Reason
from schemas.samples import SAMPLES, valid_event
from schemas.submission import Door, Submission, read_message


def parts_of(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give a sample's attributes and data, with extensions."""
    attributes = valid_event(name, sequence="1042") | {"traceparent": "00-ab-cd-01", "hops": 3}
    return attributes, attributes.pop("data")


def read(message: rabbitmq.RabbitMQMessage) -> Submission:
    """Read what the official package wrote."""
    return read_message(message.body, door=Door.AMQP, content_type=message.content_type, headers=dict(message.headers))


@pytest.mark.parametrize("name", SAMPLES)
def test_what_the_official_package_writes_we_read_alike_in_both_modes(name: str) -> None:
    """The same fact is the same bytes, structured or binary."""
    attributes, data = parts_of(name)
    official = CloudEvent(attributes | {"time": datetime.fromisoformat(attributes["time"])}, data)
    if name in SYSTEM_EVENTS:
        assert read(rabbitmq.to_binary_event(official)).refusal is not None
        return
    structured, binary = read(rabbitmq.to_structured_event(official)), read(rabbitmq.to_binary_event(official))
    assert structured.event is not None
    assert binary.event is not None
    assert structured.event.canonical() == binary.event.canonical()
    assert structured.event.extensions["hops"] == 3


@pytest.mark.parametrize("name", SAMPLES)
def test_what_we_write_the_official_package_reads_in_both_modes(name: str) -> None:
    """Attributes and data come back as they were; headers carry text only."""
    attributes, data = parts_of(name)
    structured = rabbitmq.RabbitMQMessage({}, STRUCTURED_TYPE, write_structured(attributes, data))
    headers, content_type, body = write_binary(attributes, data)
    for message in (structured, rabbitmq.RabbitMQMessage(headers, content_type, body)):
        official = rabbitmq.from_rabbitmq_event(message)
        assert official.get_data() == data
        assert official.get_id() == attributes["id"]
        assert official.get_type() == attributes["type"]
        assert official.get_subject() == attributes["subject"]
        assert official.get_time() == datetime.fromisoformat(attributes["time"])
        assert str(official.get_extension("hops")) == "3"


def test_the_body_of_a_binary_event_is_kept_as_the_structured_one() -> None:
    """A line read from the store is the event that came in."""
    attributes, data = parts_of("printed")
    headers, content_type, body = write_binary(attributes, data)
    first = read_message(body, door=Door.AMQP, content_type=content_type, headers=headers)
    again = read_message(first.body, door=Door.CLI, content_type=STRUCTURED_TYPE)
    assert first.event is not None
    assert again.event is not None
    assert again.event.canonical() == first.event.canonical()


def test_a_binary_event_that_cannot_be_read_keeps_headers_and_body() -> None:
    """Both are needed to repair it."""
    headers, content_type, _ = write_binary(*parts_of("printed"))
    kept = read_message(b"{broken", door=Door.AMQP, content_type=content_type, headers=headers)
    assert kept.refusal is not None
    assert (kept.refusal.reason, kept.refusal.event_id) == (Reason.NOT_JSON, headers["ce-id"])
    official = rabbitmq.from_rabbitmq_event(rabbitmq.RabbitMQMessage({}, STRUCTURED_TYPE, kept.body))
    assert official.get_data() == b"{broken"


@pytest.mark.parametrize(
    ("header", "value", "attribute"),
    [
        ("CE-Id", b"0195E0A4-7C1B-7B52-9D3C-2F1F6F0E8A11", "id"),
        ("ce-sequence", 1042, "sequence"),
        ("ce-time", datetime(2018, 2, 12, 1, 15), "time"),  # noqa: DTZ001  (AMQP clients give it so, in UTC)
        ("ce-time", datetime(2018, 2, 12, 1, 15, tzinfo=UTC), "time"),
        ("ce-datacontenttype", "text/plain", "datacontenttype"),
        ("ce-dataschema", None, "dataschema"),
        ("x-death", [{"count": 99}], "subject"),
    ],
)
def test_headers_may_have_any_type_that_amqp_knows(header: str, value: object, attribute: str) -> None:
    """They mean what the text means."""
    headers, content_type, body = write_binary(*parts_of("printed"))
    rest: dict[str, object] = {k: v for k, v in headers.items() if k != header.lower()}
    read_back = read_message(body, door=Door.AMQP, content_type=content_type, headers={**rest, header: value})
    assert read_back.event is not None
    expected = valid_event("printed", sequence="1042").get(attribute)
    got = getattr(read_back.event, attribute)
    match attribute:
        case "id":
            assert str(got) == "0195e0a4-7c1b-7b52-9d3c-2f1f6f0e8a11"
        case "time":
            assert got == datetime.fromisoformat(str(expected))
        case _:
            assert got == expected


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        ({"CE-ID": "x"}, Reason.DUPLICATE_KEY),
        ({"ce-note": b"\xff"}, Reason.NOT_UTF_8),
        ({"ce-note": 1.5}, Reason.BAD_ATTRIBUTE),
        ({"ce-note": {"a": 1}}, Reason.BAD_ATTRIBUTE),
        ({"ce-data": "{}"}, None),
        ({"ce-too_odd": "x"}, Reason.BAD_ATTRIBUTE),
        ({"ce-nik": "3374106508999901"}, Reason.BAD_ATTRIBUTE),
        ({"ce-note": "see 3374106508999901"}, Reason.BAD_ATTRIBUTE),
        ({"ce-x3374106508999901": "seen"}, Reason.BAD_ATTRIBUTE),
        ({"ce-note": "x" * 70_000}, Reason.TOO_LARGE),
    ],
)
def test_headers_that_break_the_rules_are_refused(extra: dict[str, object], reason: Reason | None) -> None:
    """The id of the event is still told."""
    headers, content_type, body = write_binary(*parts_of("printed"))
    got = read_message(body, door=Door.AMQP, content_type=content_type, headers={**headers, **extra})
    assert (got.refusal and got.refusal.reason) == reason
    if got.refusal is not None and reason is not Reason.TOO_LARGE:
        assert got.refusal.event_id == headers["ce-id"]


def test_over_http_headers_are_percent_encoded() -> None:
    """So says the HTTP binding; over AMQP a percent sign is one."""
    headers, content_type, body = write_binary(*parts_of("printed"))
    headers["ce-note"] = "caf%C3%A9"
    over_http = read_message(body, door=Door.HTTP, content_type=content_type, headers=headers)
    over_amqp = read_message(body, door=Door.AMQP, content_type=content_type, headers=headers)
    assert over_http.event is not None
    assert over_amqp.event is not None
    assert over_http.event.extensions["note"] == "café"
    assert over_amqp.event.extensions["note"] == "caf%C3%A9"


@pytest.mark.parametrize("content_type", ["application/cloudevents+json;charset=utf-8", "Application/CloudEvents+JSON"])
def test_parameters_and_capitals_of_the_content_type_do_not_matter(content_type: str) -> None:
    """As everywhere in MIME."""
    body = json.dumps(valid_event("printed")).encode()
    assert read_message(body, door=Door.AMQP, content_type=content_type).refusal is None


@pytest.mark.parametrize("encoding", [None, "", "utf-8", "UTF-8", "binary", "identity"])
def test_encodings_that_mean_none_are_read(encoding: str | None) -> None:
    """The client kombu writes utf-8 or binary there."""
    body = json.dumps(valid_event("printed")).encode()
    got = read_message(body, door=Door.AMQP, content_type=STRUCTURED_TYPE, content_encoding=encoding)
    assert got.refusal is None


def test_an_attribute_that_is_null_is_not_there() -> None:
    """In a structured event, extensions and optional attributes alike."""
    event = valid_event("printed") | {"sequence": None, "traceparent": None, "dataschema": None}
    got = read_message(json.dumps(event).encode(), door=Door.AMQP, content_type=STRUCTURED_TYPE)
    assert got.event is not None
    assert got.event.extensions == {}
    lost = json.dumps(event | {"subject": None}).encode()
    refusal = read_message(lost, door=Door.AMQP, content_type=STRUCTURED_TYPE).refusal
    assert refusal is not None
    assert refusal.reason is Reason.MISSING_ATTRIBUTE
