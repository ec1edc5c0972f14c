"""How a station's program can spoil a recording: each mistake ends parked, under an id that can still be read."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from schemas.reasons import Reason

Event = Mapping[str, Any]


def _with_data(event: Event, **fields: object) -> Event:
    return {**event, "data": {**event["data"], **fields}}


def _impossible_day(event: Event) -> Event:
    nik = event["data"]["nik"]
    return _with_data(event, nik=f"{nik[:6]}00{nik[8:]}")


def _local_time(event: Event) -> Event:
    return {**event, "time": datetime.fromisoformat(event["time"]).replace(tzinfo=None).isoformat()}


MISTAKES: Final[Mapping[Reason, Callable[[Event], Event]]] = MappingProxyType(
    {
        Reason.NIK_IS_A_NUMBER: lambda event: _with_data(event, nik=int(event["data"]["nik"])),
        Reason.BAD_NIK: _impossible_day,
        Reason.BAD_OFFICE: lambda event: _with_data(event, office="33.74.99"),
        Reason.BAD_DATA: lambda event: _with_data(event, channel="balai-desa"),
        Reason.BAD_TIME: _local_time,
        Reason.UNKNOWN_FIELD: lambda event: _with_data(event, operator="op-3"),
        Reason.UNKNOWN_VERSION: lambda event: {**event, "type": "id.ektp.recorded.v2"},
        Reason.CONTROL_CHARACTER: lambda event: _with_data(event, name=f"{event['data']['name']}\u0007"),
    }
)
EVEN: Final[Mapping[Reason, float]] = MappingProxyType(dict.fromkeys(MISTAKES, 1.0))
