"""The shape that all events share: a CloudEvents envelope around frozen data."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError, to_json

from schemas.moments import Moment, write_moment
from schemas.nik import holds_nik
from schemas.text import readable
from schemas.values import ApplicationId, EventId, Sequence, Source, is_station

#: Kept apart and encrypted: who a person is, and what would tell of their health (UU 27/2022: specific data).
PERSONAL: Final = {"nik", "name", "birth_date", "contact", "home", "exceptions", "urgent"}
_PERSONAL_NAMES: Final = PERSONAL | {"birthdate"}
_EXTENSION_NAME: Final = re.compile(r"[a-z0-9]{1,20}", re.ASCII)


class Data(BaseModel):
    """What an event says; nothing else may stand in it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


def _extension(value: object) -> bool | int | str:
    """Read what CloudEvents allows: a boolean, an integer of 32 bits, a text; and no person."""
    if isinstance(value, bool) or (isinstance(value, int) and -(2**31) <= value < 2**31):
        return value
    text = readable(value)
    if not isinstance(text, str) or len(text) > 1024:
        raise PydanticCustomError("bad-attribute", "must be a text, a boolean or an integer of 32 bits")
    if holds_nik(text):
        raise PydanticCustomError("bad-attribute", "must not carry a NIK")
    return text


Extension = Annotated[
    bool | int | str, PlainValidator(_extension), WithJsonSchema({"type": ["boolean", "integer", "string"]})
]


class Event(BaseModel):
    """One thing that happened, as a CloudEvent; attributes we do not know are kept as extensions."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True, hide_input_in_errors=True)
    __pydantic_extra__: dict[str, Extension]

    name: ClassVar[str]

    specversion: Literal["1.0"] = "1.0"
    id: EventId
    source: Source
    type: str
    subject: ApplicationId
    time: Moment
    sequence: Sequence | None = None
    datacontenttype: Annotated[str, Field(pattern=r"(?i)^application/json(;.{0,100})?$")] = "application/json"
    dataschema: Source | None = None
    data: Data

    @model_validator(mode="after")
    def _name_extensions_well(self) -> Self:
        for name in self.__pydantic_extra__ or ():
            if not _EXTENSION_NAME.fullmatch(name):
                raise PydanticCustomError(
                    "bad-attribute", "an extension's name must be 1 to 20 lower case letters and digits"
                )
            if name in _PERSONAL_NAMES or holds_nik(name):
                raise PydanticCustomError("bad-attribute", "who the person is may only stand in data")
        return self

    @property
    def extensions(self) -> Mapping[str, bool | int | str]:
        """Give the attributes that CloudEvents and this contract do not name."""
        return self.__pydantic_extra__ or {}

    @property
    def station(self) -> str | None:
        """Give the name in a source such as /stations/st337401."""
        prefix, _, name = self.source.rpartition("/")
        return name if prefix == "/stations" and is_station(name) else None

    def public(self) -> dict[str, Any]:
        """Give the data as JSON values, without the fields that tell who the person is."""
        return self.data.model_dump(mode="json", by_alias=True, exclude_none=True, exclude=PERSONAL)

    def personal(self) -> dict[str, Any] | None:
        """Give the fields that tell who the person is (the NIK in full), or None where the event has none."""
        return None

    def marks(self) -> dict[str, Any]:
        """Give what the rules need of the fields that tell who the person is; it is written beside the public data."""
        return {}

    @property
    def nik(self) -> str | None:
        """Give the NIK in full, or None where the event has none."""
        return None

    def written(self, marks: Mapping[str, Any] | None = None) -> tuple[bytes, str]:
        """Write the event in one way (the same fact gives the same bytes, however it travelled), and its public data.

        Both are JSON; the second is without the fields that tell who the person is, and with the marks, which whoever
        has them already gives.
        """
        data = self.data
        write = data.__pydantic_serializer__.to_json
        whole = write(data, by_alias=True, exclude_none=True)
        public = write(data, by_alias=True, exclude_none=True, exclude=PERSONAL) if _is_personal(type(data)) else whole
        # What the envelope holds has passed patterns without quotes and backslashes; names and order are ours.
        envelope = (
            f'{{"specversion":"1.0","id":"{self.id}","source":"{self.source}","type":"{self.type}",'
            f'"subject":"{self.subject}","time":"{write_moment(self.time)}"'
        )
        if self.sequence is not None:
            envelope += f',"sequence":"{self.sequence}"'
        if self.dataschema is not None:
            envelope += f',"dataschema":"{self.dataschema}"'
        # Headers carry text only, so extensions are compared as CloudEvents spells them there.
        for name, value in sorted(self.extensions.items()):
            envelope += f',"{name}":{to_json(_spelled(value)).decode()}'
        if marks := self.marks() if marks is None else marks:
            public = b"%b,%b" % (public[:-1], to_json(marks)[1:])
        return b'%b,"data":%b}' % (envelope.encode(), whole), public.decode()

    def canonical(self) -> bytes:
        """Write the event in one way: the same fact gives the same bytes, however it travelled."""
        return self.written()[0]


@lru_cache
def _is_personal(data: type[Data]) -> bool:
    return not PERSONAL.isdisjoint(data.model_fields)


def _spelled(value: bool | int | str) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
