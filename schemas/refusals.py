"""From what a validator found to a reason code and a sentence that repeats nothing personal."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from schemas.errors import Refused
from schemas.places import is_office
from schemas.reasons import Reason
from schemas.values import is_uuid
from schemas.violations import DETAILS, Violation


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message was not understood, and what is safe to say about whose it was."""

    reason: Reason
    detail: str
    event_id: str | None = None
    subject: str | None = None
    office: str | None = None
    violation: str | None = None  #: Which rule about who may say what was broken: a matter of security.


_BY_ATTRIBUTE: Final = {
    "specversion": Reason.NOT_CLOUDEVENTS,
    "id": Reason.BAD_ID,
    "source": Reason.BAD_SOURCE,
    "type": Reason.UNKNOWN_TYPE,
    "subject": Reason.BAD_SUBJECT,
    "time": Reason.BAD_TIME,
    "data": Reason.BAD_DATA,
}
_OURS: Final = frozenset(Reason)
#: Rules whose sentence is made of the schema alone; of all others only the name is told.
_PLAIN: Final = frozenset(
    {
        "bool_type",
        "greater_than",
        "greater_than_equal",
        "int_type",
        "less_than",
        "less_than_equal",
        "literal_error",
        "string_pattern_mismatch",
        "string_too_long",
        "string_too_short",
        "string_type",
        "tuple_type",
    }
)
#: A name that the sender chose may itself be somebody's; without digits and capitals it can hold no number.
_TELLABLE: Final = re.compile(r"[a-z][a-z_]{0,31}", re.ASCII)


def refused_by(error: ValidationError) -> Refused:
    """Name the first field and the rule it breaks."""
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where, kind = fault["loc"], fault["type"]
    return Refused(_reason(where, kind), f"{_field(where)} {_rule(kind, fault['msg'])}")


def refusal(refused: Refused, wire: Mapping[str, Any]) -> Refusal:
    """Add to a refusal what can be read of the event and is well-formed."""
    event_id, subject, data = wire.get("id"), wire.get("subject"), wire.get("data")
    office = data.get("office") if isinstance(data, dict) else None
    return Refusal(
        refused.reason,
        refused.detail,
        event_id=str(event_id).lower() if is_uuid(event_id) else None,
        subject=str(subject).lower() if is_uuid(subject) or _is_office(subject) else None,
        office=office if _is_office(office) else None,
        # At a door only what the pipeline itself says is refused for who says it.
        violation=Violation.EVENT_NOT_OF_ROLE if refused.reason is Reason.SENDER_NOT_ALLOWED else None,
    )


def forbidden(
    violation: Violation, *, event_id: str | None = None, subject: str | None = None, office: str | None = None
) -> Refusal:
    """Return the refusal for breaking this rule, with what is safe to say about whose message it was."""
    return Refusal(Reason.SENDER_NOT_ALLOWED, DETAILS[violation], event_id, subject, office, violation)


def tellable(name: object) -> str:
    """Give a field's name if it can be repeated."""
    return name if isinstance(name, str) and _TELLABLE.fullmatch(name) else "(a name of the sender's)"


def _is_office(code: object) -> bool:
    return isinstance(code, str) and is_office(code)


def _reason(where: tuple[int | str, ...], kind: str) -> Reason:
    if kind in _OURS:
        return Reason(kind)
    if where and where[0] == "data" and kind == "extra_forbidden":
        return Reason.UNKNOWN_FIELD
    if kind == "missing" and len(where) == 1:
        return Reason.MISSING_ATTRIBUTE
    return _BY_ATTRIBUTE.get(str(where[0]) if where else "", Reason.BAD_ATTRIBUTE)


def _field(where: tuple[int | str, ...]) -> str:
    if not where:
        return "the envelope:"
    # In the envelope only the attribute counts: below it the validator names its own attempts at reading the value.
    parts = where if where[0] == "data" else where[:1]
    return ".".join(str(part) if isinstance(part, int) else tellable(part) for part in parts)


def _rule(kind: str, sentence: str) -> str:
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return "is not a field of this event"
    if kind == "model_type":
        return "must be an object"
    if kind in _OURS:
        return sentence
    if kind in _PLAIN:
        return sentence.replace("Input should", "must").replace("String should", "must").replace("Tuple should", "must")
    return f"breaks the rule {kind}"
