"""The NIK, the number of a person's life: sixteen digits that say where and when, and never change."""

import re
from calendar import isleap, monthrange
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, SerializationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from schemas.errors import Refused
from schemas.places import FORMER_PROVINCES, place
from schemas.reasons import Reason

_DIGITS: Final = re.compile(r"[0-9]{16}", re.ASCII)
_RUN_OF_SIXTEEN: Final = re.compile(r"(?<![0-9])[0-9]{16}(?![0-9])", re.ASCII)
#: As people write one by hand, and as older cards print it: 33.7410.650899.0001.
_GROUPED: Final = re.compile(
    r"(?<![0-9])(?:[0-9]{4}([ .-])[0-9]{4}\1[0-9]{4}\1[0-9]{4}|[0-9]{6}([ .-])[0-9]{6}\2[0-9]{4}"
    r"|[0-9]{2}([ .-])(?:[0-9]{4}|[0-9]{2}\3[0-9]{2})\3[0-9]{6}\3[0-9]{4})(?![0-9])",
    re.ASCII,
)
_SEPARATORS: Final = str.maketrans("", "", " .-")
_WOMAN: Final = 40
_CENTURIES: Final = (2000, 1900)
_RECORDED_FROM: Final = 16
#: Every day of a leap year as a NIK writes it, men and women.
_DAYS: Final = frozenset(
    f"{day + added:02}{month:02}"
    for month in range(1, 13)
    for day in range(1, monthrange(2000, month)[1] + 1)
    for added in (0, _WOMAN)
)
_LEAP_DAYS: Final = frozenset({"2902", "6902"})


@dataclass(frozen=True, slots=True, repr=False)
class Nik:
    """A well-formed NIK; it prints masked, and only `digits` tells all of it."""

    digits: str

    @classmethod
    def parse(cls, value: object) -> Self:
        """Read sixteen ASCII digits given as text; raise Refused (bad-nik, nik-is-a-number) and repeat no digit."""
        if isinstance(value, cls):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            raise Refused(Reason.NIK_IS_A_NUMBER, "must be text, never a number")
        if not isinstance(value, str) or not _DIGITS.fullmatch(value):
            raise Refused(Reason.BAD_NIK, "must be exactly sixteen digits 0-9")
        if rule := _broken_rule(value):
            raise Refused(Reason.BAD_NIK, rule)
        return cls(value)

    @property
    def region(self) -> str:
        """Give the kecamatan of first registration as a region code, 33.74.10; it may be one of the past."""
        return f"{self.digits[:2]}.{self.digits[2:4]}.{self.digits[4:6]}"

    @property
    def sex(self) -> Literal["female", "male"]:
        """Tell the sex that was registered: women have 40 added to the day."""
        return "female" if int(self.digits[6:8]) > _WOMAN else "male"

    def birth_day(self, recorded: date) -> date:
        """Give the registered day of birth: of the centuries possible, the latest that makes a person old enough.

        *recorded* is the day of the recording; before sixteen nobody is recorded.
        """
        day, month, year = int(self.digits[6:8]) % _WOMAN, int(self.digits[8:10]), int(self.digits[10:12])
        youngest = (recorded.year - _RECORDED_FROM, recorded.month, recorded.day)
        found = None
        for century in _CENTURIES:
            if (month, day) == (2, 29) and not isleap(century + year):
                continue  # 29 February 1900 was no day
            found = date(century + year, month, day)
            if (found.year, month, day) <= youngest:
                break
        assert found is not None  # of two centuries one has the day
        return found

    @property
    def warnings(self) -> tuple[str, ...]:
        """List what is unusual but no mistake: regions that were split or renamed since stay in old NIKs."""
        if place(self.region[:5]) is None:
            return ("unknown-regency",)
        return () if place(self.region) else ("unknown-district",)

    def __repr__(self) -> str:
        return f"Nik({self})"

    def __str__(self) -> str:
        # Birth date and serial both: with the serial alone hidden, most numbers were guessed from lists (KPU).
        return f"{self.digits[:6]}{'*' * 10}"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate by `parse`; write all digits into JSON for the wire, and masked into anything else."""
        return core_schema.no_info_plain_validator_function(
            _validate,
            serialization=core_schema.plain_serializer_function_ser_schema(
                _dump, info_arg=True, return_schema=core_schema.str_schema()
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe it as text of sixteen digits."""
        return {"type": "string", "pattern": "^[0-9]{6}[0-7][0-9][01][0-9]{7}$", "description": "NIK; never a number"}


def mask_niks(text: str) -> str:
    """Mask every NIK that somebody wrote into a free text, in groups of digits too; other long numbers stay."""
    return _GROUPED.sub(_masked, _RUN_OF_SIXTEEN.sub(_masked, text))


def holds_nik(text: str) -> bool:
    """Tell whether a NIK stands in this text."""
    runs = _RUN_OF_SIXTEEN.findall(text) if len(text) >= 16 else ()
    return any(not _broken_rule(run) for run in runs)


def _masked(run: re.Match[str]) -> str:
    digits = run[0].translate(_SEPARATORS)
    return run[0] if _broken_rule(digits) else str(Nik(digits))


def _validate(value: Any) -> Nik:  # noqa: ANN401  (whatever stands in the message)
    try:
        return Nik.parse(value)
    except Refused as refused:
        if refused.reason is Reason.NIK_IS_A_NUMBER:
            raise PydanticCustomError("nik-is-a-number", "must be text, never a number") from None
        raise PydanticCustomError("bad-nik", "{rule}", {"rule": refused.detail}) from None


def _dump(nik: Nik, info: SerializationInfo) -> str:
    return nik.digits if info.mode == "json" else str(nik)


def _broken_rule(digits: str) -> str | None:
    """Say which rule these sixteen digits break, without repeating one of them."""
    if place(digits[:2]) is None and digits[:2] not in FORMER_PROVINCES:
        return "must begin with the code of a province"
    # 1900 was no leap year and 2000 was: every fourth year has 29 February in one of the two, and that is enough.
    if digits[6:10] not in _DAYS or (digits[6:10] in _LEAP_DAYS and int(digits[10:12]) % 4):
        return "must hold a day and month that exist (women: day plus 40)"
    if digits[12:] == "0000":
        return "must have a serial from 0001 on"
    return None
