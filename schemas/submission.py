"""The reader at every door: bytes in, an event or a reason out, and never an exception for bad input."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from schemas.cloudevents import Mode, as_structured, check_size, mode_of, read_binary, read_headers
from schemas.errors import Refused
from schemas.events import EVENTS, SYSTEM_EVENTS, AnyEvent, Event
from schemas.reasons import Reason
from schemas.refusals import Refusal, refusal, refused_by
from schemas.routing import read_key
from schemas.wire_json import read_object

__all__ = ["Door", "Refusal", "Submission", "read_event", "read_line", "read_message", "read_wire"]

_NO_HEADERS: Final[Mapping[str, object]] = MappingProxyType({})
_BY_TYPE: Final = {f"id.ektp.{name}.v1": event for name, event in EVENTS.items()}
_TYPE: Final = re.compile(r"id\.ektp\.([a-z-]{1,64})\.v(\S{0,32})", re.ASCII)


class Door(StrEnum):
    """Where something came in."""

    AMQP = "amqp"
    HTTP = "http"
    CLI = "cli"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Submission:
    """Something that came in, understood or not: exactly one of event and refusal is there.

    `sender` is the station or account, "" if unknown; `scope` the region whose applications it may speak of, "" if
    any. `body` is what came, of a binary event the structured one that it equals; it holds the person's data in clear.
    """

    door: Door
    sender: str
    body: bytes = field(repr=False)
    event: AnyEvent | None
    refusal: Refusal | None
    repairs: UUID | None = None  #: The parked item that this one, edited, is to replace.
    scope: str = ""


def read_message(  # noqa: PLR0913  (a message has that many parts)
    body: bytes,
    *,
    door: Door,
    sender: str = "",
    content_type: str | None,
    headers: Mapping[str, object] = _NO_HEADERS,
    content_encoding: str | None = None,
    routing_key: str | None = None,
) -> Submission:
    """Read one message, structured or binary; only ce- headers are looked at, for anybody can set the others."""
    kept, wire = body, dict[str, Any]()
    try:
        check_size(body, headers)
        if mode_of(content_type, content_encoding, headers) is Mode.BINARY:
            attributes, fault = read_headers(headers, percent_encoded=door is Door.HTTP)
            wire, kept = dict(attributes), as_structured(attributes, body, readable=False)
            wire = read_binary(attributes, body)
            kept = as_structured(attributes, body, readable=True)
            if fault is not None:
                raise fault
        else:
            wire = read_object(body)
        event = read_event(wire)
        _check_door(event, door, routing_key)
    except Refused as refused:
        return Submission(door, sender, kept, None, refusal(refused, wire))
    return Submission(door, sender, kept, event, None)


def read_line(line: bytes, *, door: Door, sender: str = "") -> Submission:
    """Read one structured CloudEvent, as a line of a file or an item of a batch."""
    return read_message(line.strip(), door=door, sender=sender, content_type="application/cloudevents+json")


def read_wire(
    wire: Mapping[str, Any], body: bytes, *, door: Door, sender: str = "", repairs: UUID | None = None
) -> Submission:
    """Read one structured CloudEvent from the JSON values that *body* says, where they were read strictly before."""
    try:
        check_size(body, _NO_HEADERS)
        event = read_event(wire)
        _check_door(event, door, None)
    except Refused as refused:
        return Submission(door, sender, body, None, refusal(refused, wire), repairs)
    return Submission(door, sender, body, event, None, repairs)


def read_event(wire: Mapping[str, Any]) -> AnyEvent:
    """Read an event from the JSON values of a structured CloudEvent; raise Refused."""
    if wire.get("specversion") != "1.0":
        raise Refused(Reason.NOT_CLOUDEVENTS, 'specversion must be "1.0"')
    event = _event_class(wire.get("type"))
    try:
        return event.model_validate(wire)  # type: ignore[return-value]  # the table holds the union's members
    except ValidationError as error:
        if None in wire.values():
            # CloudEvents: an attribute that is null is not there.
            return read_event({name: value for name, value in wire.items() if value is not None})
        raise refused_by(error) from None


def _event_class(kind: object) -> type[Event]:
    """Find the event by its type; raise Refused (missing-attribute, unknown-type, unknown-version)."""
    if kind is None:
        raise Refused(Reason.MISSING_ATTRIBUTE, "type is missing")
    event = _BY_TYPE.get(kind) if isinstance(kind, str) else None
    if event is not None:
        return event
    match = _TYPE.fullmatch(kind) if isinstance(kind, str) else None
    if match is not None and match[1] in EVENTS:
        raise Refused(Reason.UNKNOWN_VERSION, f"of {match[1]} only version 1 is known")
    raise Refused(Reason.UNKNOWN_TYPE, "type must be id.ektp.<event>.v1 of an event in the contract")


def _check_door(event: Event, door: Door, routing_key: str | None) -> None:
    """Refuse what the key contradicts, and what only the pipeline itself may say."""
    if event.name in SYSTEM_EVENTS and door in (Door.AMQP, Door.HTTP):
        raise Refused(Reason.SENDER_NOT_ALLOWED, f"only the pipeline itself says {event.name}")
    if routing_key is not None and read_key(routing_key).event != event.name:
        raise Refused(Reason.KEY_MISMATCH, "the key and the type must name the same event")
