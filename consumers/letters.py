"""What leaves: notices, requests and feedback as letters for the outbox."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final
from uuid import UUID

from consumers.ports import Letter
from consumers.suket import WITHDRAWN, why_withdrawn
from schemas import feedback, notices, requests
from workflows.application import told
from workflows.card_issuance import WAITING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from typing import Any

    from consumers.books import Application, Held, Parked
    from consumers.entry import Entry
    from schemas.reasons import Reason
    from workflows.application import Receipt, Told
    from workflows.open_requests import Request

NOTICES: Final = "ektp.notices"
REQUESTS: Final = "ektp.requests"
FEEDBACK: Final = "ektp.feedback"
# The same letter has the same id for ever: subscribers know a redelivery by it.
_IDS: Final = UUID("5f0c1b52-6a3e-4c61-9a0e-3f1f0e5b7a02").bytes
# RFC 9562: four bits of a UUID say its version (8: of our own making), two its variant.
_FREE: Final = ~(0xF000 << 64 | 0xC000 << 48)
_VERSION_8: Final = 0x8000 << 64 | 0x8000 << 48
WAITING_FOR_BLANKO: Final = "waiting-for-blanko"  # the deadline has the name of its notice


def notice_letter(  # noqa: PLR0913, PLR0917 - a letter says that many things
    application: Application, receipt: Receipt, told: Told, number: int, promised: datetime, now: datetime
) -> Letter:
    """Return the notice of what *application* became, as this number of its series."""
    name = WAITING[told.state].notice
    assert name is not None
    previous = None if number == 1 else str(receipt.before)
    return _notice(application, name, told, number, now, {"previous": previous, "due": promised})


def overdue_letter(application: Application, deadline: str, number: int, promised: datetime, now: datetime) -> Letter:
    """Return the notice that a deadline has passed; `because` names it."""
    name = deadline if deadline == WAITING_FOR_BLANKO else "deadline-missed"
    says = told(application.standing, application.state)._replace(because=deadline)
    return _notice(application, name, says, number, now, {"previous": str(application.state), "due": promised})


def suket_letter(application: Application, name: str, number: int, promised: datetime, now: datetime) -> Letter:
    """Return the notice that a letter was issued, with its last moment, or withdrawn, with the reason."""
    says = told(application.standing, application.state)
    if name == WITHDRAWN:
        says = says._replace(because=why_withdrawn(application))
    more = {"previous": str(application.state), "due": promised, "valid_until": application.timers.letter}
    return _notice(application, name, says, number, now, {key: value for key, value in more.items() if value})


def _notice(  # noqa: PLR0913, PLR0917 - as above
    application: Application, name: str, says: Told, number: int, now: datetime, more: Mapping[str, Any]
) -> Letter:
    identity = letter_id(NOTICES, application.id, number)
    subject = str(application.id)
    data = {
        "application": subject,
        "resi": application.resi,
        "office": application.standing.office,
        "state": str(says.state),
        "attempt": application.standing.attempt,
        "because": says.because,
        "whose_move": str(says.whose_move),
        **more,
    }
    body = notices.write(name, id=identity, subject=subject, time=now, sequence=number, data=data)
    return Letter(identity, NOTICES, f"{name}.{application.standing.office}", body)


def request_letter(
    application: Application, request: Request, number: int, answer_by: datetime, now: datetime
) -> Letter:
    """Return one request, as this number of its application's series."""
    standing, name = application.standing, request.ask.value
    identity = letter_id(REQUESTS, application.id, number)
    data = {
        "application": application.id,
        "office": standing.office,
        "enrolment": standing.enrolment if request.attempt and request.blanko is None else None,
        "station": standing.station if request.attempt and request.blanko is None else None,
        "attempt": request.attempt,
        "try": request.try_,
        "turn": request.turn,
        "blanko": request.blanko,
        "answer_by": answer_by,
    }
    known = {field: value for field, value in data.items() if value is not None}
    body = requests.write(name, id=identity, subject=str(application.id), time=now, sequence=number, data=known)
    return Letter(identity, REQUESTS, f"{name}.{standing.office}", body)


def missing_letter(held: Held, number: int, now: datetime) -> Iterator[tuple[UUID, Letter]]:
    """Yield the notice that an event speaks of a recording that has not come, where an office is known.

    It is this number of those about the recording; an application that nobody knows has no other series.
    """
    entry = held.entry
    if entry.application is None or entry.fact.office is None:
        return
    office, identity = entry.fact.office, letter_id(NOTICES, entry.id, 1)
    data = {
        "office": office,
        "station": entry.station or None,
        "application": str(entry.application),
        "because": held.waits_for,
        "whose_move": "station",
    }
    known = {name: value for name, value in data.items() if value is not None}
    name = "recording-missing"
    body = notices.write(name, id=identity, subject=str(entry.application), time=now, sequence=number, data=known)
    yield entry.application, Letter(identity, NOTICES, f"{name}.{office}", body)


def parked_letter(parked: Parked, now: datetime) -> Iterator[tuple[UUID, Letter]]:
    """Yield the word to the station whose event was parked, where the sender is known."""
    station = parked.submission.sender
    if station:
        event = UUID(parked.event_id) if parked.event_id else None
        identity = letter_id(FEEDBACK, parked.id, 1)
        body = feedback.write(
            "event-parked",
            id=identity,
            time=now,
            parked=parked.id,
            reason=parked.reason,
            event=event,
            detail=parked.detail,
        )
        yield parked.id, Letter(identity, FEEDBACK, f"event-parked.{station}", body)


def repaired_letter(entry: Entry, parked: UUID, reason: Reason, now: datetime) -> Iterator[tuple[UUID, Letter]]:
    """Yield the word to the station whose parked event was taken in after all."""
    station = entry.submission.sender if entry.submission else ""
    if station:
        identity = letter_id(FEEDBACK, parked, 2)
        body = feedback.write("event-repaired", id=identity, time=now, parked=parked, reason=reason, event=entry.id)
        yield parked, Letter(identity, FEEDBACK, f"event-repaired.{station}", body)


def letter_id(exchange: str, subject: UUID, number: int) -> UUID:
    """Return the id of a letter: that number of the series about a subject."""
    name = b"%b%b:%d" % (subject.bytes, exchange.encode(), number)
    bits = int.from_bytes(sha256(_IDS + name).digest()[:16], "big")
    return UUID(int=bits & _FREE | _VERSION_8)
