"""A valid example of every message: events from the samples, everything else from its own writer."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from schemas import feedback, notices, requests
from schemas.reasons import Reason
from schemas.samples import BLANKO, OFFICE, SUBJECT, valid_event
from workflows.resi import resi_of

TIME: Final = datetime(2018, 2, 12, 1, 20, tzinfo=UTC)
STATION: Final = "st337401"
_IDS: Final = UUID("b7c20195-e0a4-5b52-9d3c-2f1f6f0e8a11")
_EVENT: Final = UUID("0195e0a4-7c1b-7b52-9d3c-2f1f6f0e8a11")
#: notice -> its number for the application, state, state before, and whose move it is.
_STANDINGS: Final[Mapping[str, tuple[int, str, str | None, str]]] = {
    "application-recorded": (1, "recorded", None, "centre"),
    "application-failed": (2, "failed", "recorded", "centre"),
    "application-verified": (2, "verified", "recorded", "warehouse"),
    "application-allocated": (3, "allocated", "verified", "printer"),
    "application-printed": (4, "printed", "allocated", "resident"),
    "application-collected": (5, "collected", "printed", "nobody"),
    "application-cancelled": (2, "cancelled", "recorded", "nobody"),
    "re-recording-required": (3, "re-recording", "deletion-requested", "resident"),
    "review-opened": (2, "under-review", "recorded", "office"),
    "suket-issued": (3, "verified", "verified", "warehouse"),
    "suket-withdrawn": (4, "verified", "verified", "warehouse"),
    "deadline-missed": (2, "recorded", "recorded", "centre"),
    "waiting-for-blanko": (3, "verified", "verified", "warehouse"),
    "visit-announced": (5, "printed", "printed", "resident"),
    "visit-called-off": (6, "printed", "printed", "office"),
}
_WHERE: Final = {"when": TIME + timedelta(days=9), "where": "Sendangmulyo, Kecamatan Tembalang"}
_STOCK: Final = {"office": "33.74", "in_stock": 12, "waiting": 480, "whose_move": "warehouse"}
_MISSING: Final = {
    "office": "33.74",
    "station": STATION,
    "date": "2018-02-12",
    "counted": 41,
    "arrived": 39,
    "whose_move": "station",
}
_COUNTED: Final = {"date": "2018-02-12", "counted": 41, "arrived": 39, "missing": ["1033", "1040"]}
_RECORDING: Final = {"attempt": 1, "enrolment": "E-337410-001042", "station": STATION}
_CARD: Final = {"blanko": BLANKO, "turn": 1}
_ASKED: Final[Mapping[str, Mapping[str, Any]]] = {
    "resend-packet": {**_RECORDING, "try": 2},
    "retry-search": {**_RECORDING, "try": 2},
    "delete-central-record": _RECORDING,
    "invite-resident": _RECORDING,
    "print-card": _CARD,
    "void-print": _CARD,
    "destroy-card": _CARD,
}


def example(family: str, name: str) -> dict[str, Any]:
    """Return the JSON values of one message; the same whenever it is asked."""
    match family:
        case "events":
            return valid_event(name)
        case "notices":
            body = _notice(name)
        case "requests":
            body = _request(name)
        case _ if name == feedback.StationDayCounted.name:
            body = feedback.write_day(uuid5(_IDS, name), STATION, TIME, _COUNTED)
        case _ if name == feedback.EventsWanted.name:
            body = feedback.write_wanted(uuid5(_IDS, name), STATION, TIME, TIME - timedelta(days=1))
        case _:
            body = feedback.write(
                name,
                id=uuid5(_IDS, name),
                time=TIME,
                parked=uuid5(_IDS, "parked"),
                reason=Reason.BAD_NIK,
                event=_EVENT,
                detail="data.nik must be exactly sixteen digits 0-9",
            )
    made: dict[str, Any] = json.loads(body)
    return made


def _notice(name: str) -> bytes:
    identity = uuid5(_IDS, name)
    if name not in _STANDINGS:
        subject, news = ("33.74", _STOCK) if name == "stock-low" else (STATION, _MISSING)
        return notices.write(name, id=identity, subject=subject, time=TIME, sequence=1, data=news)
    number, state, before, move = _STANDINGS[name]
    data = {
        "application": SUBJECT,
        "resi": resi_of(SUBJECT),
        "office": OFFICE,
        "state": state,
        "previous": before,
        "attempt": 1,
        "because": None,
        "whose_move": move,
        "due": None,
        **(_WHERE if name.startswith("visit-") else {}),
    }
    return notices.write(name, id=identity, subject=str(SUBJECT), time=TIME, sequence=number, data=data)


def _request(name: str) -> bytes:
    answer_by = TIME + timedelta(days=14)
    if name not in _ASKED:
        data: dict[str, Any] = {"office": "33.74", "count": 500, "answer_by": answer_by}
        return requests.write(name, id=uuid5(_IDS, name), subject="33.74", time=TIME, sequence=1, data=data)
    data = {"application": SUBJECT, "office": OFFICE, **_ASKED[name], "answer_by": answer_by}
    return requests.write(name, id=uuid5(_IDS, name), subject=str(SUBJECT), time=TIME, sequence=1, data=data)
