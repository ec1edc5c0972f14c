"""A valid example of every event, about people who cannot be: no serial of a district reaches 9900."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID, uuid5

from schemas.errors import NoSuchEvent

NIK: Final = "3374106508999901"
OFFICE: Final = "33.74.10"
BLANKO: Final = "KTP-00000001"
VISIT: Final = UUID("0195e0a4-7c1b-7f00-8000-6a6e1f2b3c50")
VISIT_REQUEST: Final = UUID("0195e0a4-7c1b-7f00-8000-6a6e1f2b3c51")
SUBJECT: Final = UUID("0195e0a4-7c1b-7f00-8000-6a6e1f2b3c4d")
TIME: Final = datetime(2018, 2, 12, 8, 15, tzinfo=timezone(timedelta(hours=7)))
_IDS: Final = UUID("6f2e8a11-0195-7b52-9d3c-7c1b0195e0a4")

_RECORDED: Final = {
    "nik": NIK,
    "office": OFFICE,
    "attempt": 1,
    "enrolment": "E-337410-001042",
    "channel": "kecamatan",
    "reason": "first",
    "name": "Contoh Satu",
}

SAMPLES: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "recorded": _RECORDED,
        "enrolment-progressed": {"attempt": 1, "status": "SENT_FOR_ENROLLMENT", "try": 1},
        "data-verified": {"attempt": 1, "enrolment": "E-337410-001042"},
        "verification-failed": {"attempt": 1, "status": "SEARCH_FAILURE_AT_CENTRAL", "try": 1},
        "central-record-deleted": {"attempt": 1, "reference": "DEL-2018-000017"},
        "resident-invited": {"attempt": 1, "when": "2018-02-19T08:00:00+07:00", "where": "Kecamatan Tembalang"},
        "print-requested": {"counter": "counter-2", "suket": "471.13/10231"},
        "blanko-received": {
            "office": OFFICE,
            "first": "KTP-00000001",
            "last": "KTP-00000500",
            "delivery_note": "BA-2018-0012",
        },
        "blanko-moved": {
            "office": OFFICE,
            "first": "KTP-00000491",
            "last": "KTP-00000500",
            "movement": "lent",
            "to": "33.22",
            "document": "BA-2018-0019",
            "because": "their delivery is late",
        },
        "supplies-received": {"office": OFFICE, "supply": "ribbon", "count": 12, "document": "BA-2018-0020"},
        "supplies-moved": {
            "office": OFFICE,
            "supply": "ink",
            "count": 2,
            "movement": "lent",
            "to": "33.22",
            "document": "BA-2018-0021",
            "because": "theirs is empty",
        },
        "supply-loaded": {"office": OFFICE, "printer": "printer-1", "supply": "ribbon"},
        "blanko-allocated": {"blanko": BLANKO, "office": OFFICE, "turn": 1},
        "printed": {"blanko": BLANKO, "printer": "printer-1", "turn": 1},
        "print-failed": {"blanko": BLANKO, "printer": "printer-1", "cause": "the laminate peeled off", "turn": 1},
        "print-voided": {"blanko": BLANKO},
        "card-destroyed": {"blanko": BLANKO, "document": "BA-2018-0031", "by": ["Contoh Dua", "Contoh Tiga"]},
        "collected": {"blanko": BLANKO, "by": "self", "turn": 1},
        "application-cancelled": {"because": "withdrawn"},
        "station-day-closed": {"date": "2018-02-12", "count": 41, "last_sequence": "1042"},
        "remedy-ordered": {"attempt": 1, "remedy": "resend", "because": "the packet never arrived"},
        "deadline-postponed": {"until": "2018-03-01T15:00:00+07:00", "because": "flood at the office"},
        "outage-declared": {"from": "2018-02-12T08:00:00+07:00", "because": "the line to the centre is down"},
        "outage-ended": {"because": "the line is up again"},
        "deadline-passed": {"attempt": 1, "try": 1, "deadline": "no-news", "then": "resend", "version": 1},
        "deadline-moved": {
            "deadline": "promise",
            "from": "2018-02-15T08:00:00Z",
            "until": "2018-02-19T08:00:00Z",
            "because": "calendar",
        },
        "suket-issued": {"attempt": 1, "version": 2, "deadline": "suket", "until": "2018-08-19T08:00:00Z"},
        "visit-requested": {
            "office": OFFICE,
            "category": "disabled",
            "count": 1,
            "kelurahan": "Sendangmulyo",
            "home": "RT 1 RW 2",
            "contact": {"kind": "sms", "address": "0800-0000-000"},
            "wanted_from": "2018-02-19",
        },
        "visit-planned": {
            "office": OFFICE[:5],
            "kecamatan": OFFICE,
            "date": "2018-02-21",
            "begins": "2018-02-21T08:00:00+07:00",
            "kit": 1,
            "why": "exempt",
            "stops": [
                {
                    "kelurahan": "Sendangmulyo",
                    "residents": [{"application": str(SUBJECT), "purpose": "collect"}],
                    "requests": {str(VISIT_REQUEST): 1},
                }
            ],
        },
        "visit-held": {"office": OFFICE[:5], "met": [str(SUBJECT)], "others": 1},
        "visit-cancelled": {"office": OFFICE[:5], "because": "the kit is being repaired"},
    }
)
_SOURCES: Final = {
    **dict.fromkeys(("data-verified", "verification-failed", "central-record-deleted"), "/stations/centre"),
    **dict.fromkeys(("blanko-received", "blanko-moved", "blanko-allocated"), "/stations/warehouse_3374"),
    **dict.fromkeys(("printed", "print-failed", "print-voided"), "/stations/printer_3374"),
    **dict.fromkeys(("deadline-passed", "deadline-moved", "suket-issued"), "/pipeline/timekeeper"),
}
_SUBJECTS: Final = {
    "blanko-received": OFFICE,
    "blanko-moved": OFFICE,
    **dict.fromkeys(("supplies-received", "supplies-moved", "supply-loaded"), OFFICE),
    "station-day-closed": "st337401",
    "outage-declared": OFFICE,
    "outage-ended": OFFICE,
    "visit-requested": str(VISIT_REQUEST),
    **dict.fromkeys(("visit-planned", "visit-held", "visit-cancelled"), str(VISIT)),
}


def valid_event(  # noqa: PLR0913  (an envelope has that many parts)
    name: str,
    /,
    *,
    id: UUID | str | None = None,  # noqa: A002
    subject: UUID | str | None = None,
    time: datetime | str | None = None,
    source: str | None = None,
    sequence: str | None = None,
    **data: Any,  # noqa: ANN401  (JSON values)
) -> dict[str, Any]:
    """Build a structured CloudEvent as JSON values; `data` replaces fields of the sample, None removes one.

    Without an id it gets the same one for the same name, subject and time.
    """
    if name not in SAMPLES:
        raise NoSuchEvent(name)
    about = str(subject or _SUBJECTS.get(name, SUBJECT))
    when = time if isinstance(time, str) else (time or TIME).isoformat()
    event = {
        "specversion": "1.0",
        "id": str(id or uuid5(_IDS, f"{name}/{about}/{when}")),
        "source": source or _SOURCES.get(name, "/stations/st337401"),
        "type": f"id.ektp.{name}.v1",
        "subject": about,
        "time": when,
        "datacontenttype": "application/json",
        "data": {field: value for field, value in {**SAMPLES[name], **data}.items() if value is not None},
    }
    return event if sequence is None else {**event, "sequence": sequence}
