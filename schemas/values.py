"""The small words of the wire: ids, offices, stations, attempts and tries."""

import re
from typing import Annotated, Final
from uuid import UUID

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetPydanticSchema,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError
from pydantic_core import core_schema as core

from schemas.nik import holds_nik
from schemas.places import is_office

_UUID_TEXT: Final = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_UUID: Final = re.compile(_UUID_TEXT, re.ASCII)
_STATION: Final = re.compile(r"[a-z0-9_]{3,32}", re.ASCII)
# Sixteen digits in a row could be a NIK, and a source is logged.
_SOURCE: Final = r"^(?!.*[0-9]{16})[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]{1,200}\Z"
_UUID_SCHEMA: Final = WithJsonSchema({"type": "string", "format": "uuid"})


def is_uuid(text: object) -> bool:
    """Tell whether this is a UUID as RFC 9562 writes it, in either case."""
    return isinstance(text, str) and _UUID.fullmatch(text) is not None


def is_station(text: object) -> bool:
    """Tell whether a station can have this name; a NIK, which would fit, is none."""
    return isinstance(text, str) and _STATION.fullmatch(text) is not None and not holds_nik(text)


def _event_id() -> core.CoreSchema:
    """Read a UUID in either case; all of it happens inside the validator's own code, for every event passes here."""
    text = core.str_schema(pattern=f"^{_UUID_TEXT}$", strict=True)
    wire = core.chain_schema([text, core.uuid_schema(strict=False)])
    return core.custom_error_schema(
        core.union_schema([wire, core.is_instance_schema(UUID)], mode="left_to_right"),
        custom_error_type="bad-id",
        custom_error_message="must be a UUID such as 0195e0a4-7c1b-7b52-9d3c-2f1f6f0e8a11",
    )


def _application() -> core.CoreSchema:
    return core.custom_error_schema(
        core.str_schema(pattern=f"^{_UUID_TEXT}$", to_lower=True, strict=True),
        custom_error_type="bad-subject",
        custom_error_message="must be the UUID of the application",
    )


def _source() -> core.CoreSchema:
    return core.custom_error_schema(
        core.str_schema(pattern=_SOURCE, regex_engine="python-re", strict=True),
        custom_error_type="bad-source",
        custom_error_message="must be a URI reference such as /stations/st337401",
    )


def _office_or_uuid(value: object) -> str:
    if isinstance(value, str) and (is_office(value) or is_uuid(value)):
        return value.lower()
    raise PydanticCustomError("bad-subject", "must be the code or UUID of the office")


def _office_or_centre(value: object) -> str:
    if isinstance(value, str) and (value == "centre" or is_office(value)):
        return value
    raise PydanticCustomError("bad-subject", "must be the code of an office, or centre")


def _station_subject(value: object) -> str:
    if isinstance(value, str) and is_station(value):
        return value
    raise PydanticCustomError("bad-subject", "must be the name of the station: a-z, 0-9 and _, 3 to 32 long")


def _office(value: object) -> str:
    if isinstance(value, str) and is_office(value):
        return value
    raise PydanticCustomError("bad-office", "must be the code of a regency (33.74) or a kecamatan (33.74.10)")


def _of_json(value: object) -> object:
    """Let a JSON list be a tuple; nothing else may become one."""
    return tuple(value) if isinstance(value, list) else value


def _no_nik(text: str) -> str:
    if holds_nik(text):
        raise PydanticCustomError("bad-attribute", "must be a running number, never a NIK")
    return text


EventId = Annotated[UUID, GetPydanticSchema(lambda _type, _handler: _event_id()), _UUID_SCHEMA]
Source = Annotated[
    str,
    GetPydanticSchema(lambda _type, _handler: _source()),
    WithJsonSchema({"type": "string", "format": "uri-reference", "maxLength": 200}),
]
ApplicationId = Annotated[str, GetPydanticSchema(lambda _type, _handler: _application()), _UUID_SCHEMA]
OfficeOrUuid = Annotated[str, PlainValidator(_office_or_uuid), WithJsonSchema({"type": "string"})]
OfficeOrCentre = Annotated[str, PlainValidator(_office_or_centre), WithJsonSchema({"type": "string"})]
StationName = Annotated[
    str, PlainValidator(_station_subject), WithJsonSchema({"type": "string", "pattern": "^[a-z0-9_]{3,32}$"})
]
Office = Annotated[
    str, PlainValidator(_office), WithJsonSchema({"type": "string", "pattern": r"^[0-9]{2}\.[0-9]{2}(\.[0-9]{2})?$"})
]
#: The station's running number; text, as CloudEvents' sequence extension wants it.
Sequence = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9]{1,18}$"), AfterValidator(_no_nik)]
Attempt = Annotated[int, Field(strict=True, ge=1, le=999)]
Try = Annotated[int, Field(strict=True, ge=1, le=999)]
Turn = Annotated[int, Field(strict=True, ge=1, le=999)]
FromList = BeforeValidator(_of_json)
