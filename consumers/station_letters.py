"""What is said to a station and of it: what arrived of its day, that recordings are missing, what is wanted again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid5

from consumers.letters import FEEDBACK, NOTICES
from consumers.ports import Letter
from schemas import feedback, notices

if TYPE_CHECKING:
    from datetime import datetime

    from workflows.station_days import Answer, Day

# Derived ids must never change: stations and subscribers know a redelivery by them.
_IDS: Final = UUID("5f0c1b52-6a3e-4c61-9a0e-3f1f0e5b7a04")
_COUNTED: Final = feedback.StationDayCounted.name
_MISSING: Final = notices.RecordingMissing.name
_WANTED: Final = feedback.EventsWanted.name


def station_id(station: str) -> UUID:
    """Return the identity under which the letters about a station's days keep their order."""
    return uuid5(_IDS, station)


def counted_letter(day: Day, said: Answer, number: int, now: datetime) -> Letter:
    """Return the word to the station about its day, as this number of the answers to it."""
    identity = uuid5(_IDS, f"{_COUNTED}/{day.name}/{number}")
    data = {
        "date": day.day.isoformat(),
        "counted": said.counted,
        "arrived": said.arrived,
        "missing": [str(one) for one in said.missing],
    }
    return Letter(identity, FEEDBACK, f"{_COUNTED}.{day.station}", feedback.write_day(identity, day.station, now, data))


def missing_day_letter(day: Day, said: Answer, number: int, now: datetime) -> Letter:
    """Return the notice that a station's day differs from what arrived, as this number of the station's series."""
    identity = uuid5(_IDS, f"{_MISSING}/{day.name}")
    data = {
        "office": day.office,
        "station": day.station,
        "date": day.day.isoformat(),
        "counted": said.counted,
        "arrived": said.arrived,
        "whose_move": "station",
    }
    body = notices.write(_MISSING, id=identity, subject=day.station, time=now, sequence=number, data=data)
    return Letter(identity, NOTICES, f"{_MISSING}.{day.office}", body)


def wanted_letter(station: str, restored: UUID, since: datetime, now: datetime) -> Letter:
    """Return the word to a station that a restored store wants its events again."""
    identity = uuid5(_IDS, f"{_WANTED}/{station}/{restored}")
    body = feedback.write_wanted(identity, station, now, since)
    return Letter(identity, FEEDBACK, f"{_WANTED}.{station}", body)
