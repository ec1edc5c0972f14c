"""One JSON Schema for each message, made from the model that reads or promises it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from schemas.event import Event
from schemas.events import EVENTS
from schemas.feedback import FEEDBACK
from schemas.notices import NOTICES
from schemas.outgoing import Outgoing
from schemas.requests import REQUESTS

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
#: By family, then by name: `application-cancelled` is an event that comes in and a notice that goes out.
FAMILIES: Final[Mapping[str, Mapping[str, type[Event] | type[Outgoing]]]] = MappingProxyType(
    {"events": EVENTS, "notices": NOTICES, "requests": REQUESTS, "feedback": FEEDBACK}
)
_ANY_CASE: Final = "(?i)"
#: The reader insists on these, though the models can fill them in.
_ALWAYS_SAID: Final = ("specversion", "type")
_EXTENSION_NAME: Final = "^[a-z0-9]{1,20}$"


class _Generator(GenerateJsonSchema):
    """Speaks JSON Schema that every validator understands, and gives titles to models only."""

    def field_title_should_be_set(self, schema: CoreSchema | Any) -> bool:  # noqa: ANN401, ARG002
        return False

    def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
        made = super().str_schema(schema)
        pattern = made.get("pattern", "")
        if _ANY_CASE in pattern:
            # ECMA 262, whose expressions JSON Schema uses, knows no flags inside an expression.
            letters = (f"[{one.lower()}{one.upper()}]" if one.isalpha() else one for one in pattern)
            made["pattern"] = "".join(letters).replace("(?[iI])", "")
        return made


def model_schema(family: str, name: str, ref_template: str = "#/$defs/{model}") -> dict[str, Any]:
    """Return the schema of one message, without dialect and id; its parts stand in `$defs`."""
    model = FAMILIES[family][name]
    made = model.model_json_schema(ref_template=ref_template, schema_generator=_Generator)
    made["title"] = name
    if issubclass(model, Event):
        made["required"] = [*_ALWAYS_SAID, *made["required"]]
        for field in _ALWAYS_SAID:
            made["properties"][field].pop("default")
        made["propertyNames"] = {"pattern": _EXTENSION_NAME}
    return {**{first: made[first] for first in ("title", "description", "type")}, **made}


def messages() -> tuple[tuple[str, str], ...]:
    """List the family and name of every message."""
    return tuple((family, name) for family, models in FAMILIES.items() for name in models)


def documents() -> dict[str, dict[str, Any]]:
    """Return every schema by its path, `events/recorded.v1.json`."""
    return {
        f"{family}/{name}.v1.json": {
            "$schema": DIALECT,
            "$id": f"urn:ektp:{family}:{name}:v1",
            **model_schema(family, name),
        }
        for family, name in messages()
    }
