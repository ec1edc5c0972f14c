"""Times and dates on the wire: RFC 3339 with an offset, and plain dates."""

from datetime import UTC, date, datetime
from typing import Annotated, Final

from pydantic import GetPydanticSchema, WithJsonSchema
from pydantic_core import core_schema as core

_TIME: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})$"
_FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_AFTER: Final = datetime(2101, 1, 1, tzinfo=UTC)
_DATE: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


def _moment() -> core.CoreSchema:
    """Read an aware time of the years 2000 to 2100; there are no leap seconds, no bare numbers and no local times."""
    text = core.str_schema(pattern=_TIME, strict=True)
    time = core.datetime_schema(strict=False, ge=_FIRST, lt=_AFTER, tz_constraint="aware")
    made = core.datetime_schema(strict=True, ge=_FIRST, lt=_AFTER, tz_constraint="aware")
    return core.custom_error_schema(
        core.union_schema([core.chain_schema([text, time]), made], mode="left_to_right"),
        custom_error_type="bad-time",
        custom_error_message="must be a time of the years 2000 to 2100 with its offset, as 2018-02-12T08:15:00+07:00",
    )


def write_moment(moment: datetime) -> str:
    """Write an aware time in UTC, so that one moment has one spelling."""
    return f"{moment.astimezone(UTC).isoformat()[:-6]}Z"


def _day(first_year: int) -> core.CoreSchema:
    """Read YYYY-MM-DD up to the year 2100; a time is no date."""
    first, after = date(first_year, 1, 1), date(2101, 1, 1)
    text = core.str_schema(pattern=_DATE, strict=True)
    day = core.date_schema(strict=False, ge=first, lt=after)
    made = core.date_schema(strict=True, ge=first, lt=after)
    return core.custom_error_schema(
        core.union_schema([core.chain_schema([text, day]), made], mode="left_to_right"),
        custom_error_type="bad-data",
        custom_error_message=f"must be a date of the years {first_year} to 2100 that exists, such as 2018-02-12",
    )


Moment = Annotated[
    datetime,
    GetPydanticSchema(lambda _type, _handler: _moment()),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Day = Annotated[
    date, GetPydanticSchema(lambda _type, _handler: _day(2000)), WithJsonSchema({"type": "string", "format": "date"})
]
BirthDate = Annotated[
    date, GetPydanticSchema(lambda _type, _handler: _day(1880)), WithJsonSchema({"type": "string", "format": "date"})
]
