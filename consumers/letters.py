"""What leaves: notices, requests and feedback as letters for the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid5

from consumers.ports import Letter
from schemas.cloudevents import write_structured
from schemas.moments import write_moment
from workflows.card_issuance import WAITING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from consumers.books import Application, Parked
    from workflows.application import Receipt, Told
    from workflows.open_requests import Request

NOTICES: Final = "ektp.notices"
REQUESTS: Final = "ektp.requests"
FEEDBACK: Final = "ektp.feedback"
SOURCE: Final = "/ektp"
# The whole outbox must give the same id to the same letter for ever: subscribers know a redelivery by it.
_IDS: Final = UUID("5f0c1b52-6a3e-4c61-9a0e-3f1f0e5b7a02")


def notice_letter(application: Application, receipt: Receipt, told: Told, now: datetime) -> Letter:
    """Return the notice of what *application* became, as number `application.notices` of its series."""
    name = WAITING[told.state].notice
    assert name is not None
    office = application.standing.office
    data = {
        "application": str(application.id),
        "resi": application.resi,
        "office": office,
        "state": told.state.value,
        "previous": receipt.before.value,
        "attempt": application.standing.attempt,
        "because": told.because,
        "whose_move": told.whose_move.value,
    }
    return _letter(NOTICES, name, office, application.id, application.notices, data, now)


def request_letter(application: Application, request: Request, now: datetime) -> Letter:
    """Return one request, as number `application.requests` of its series."""
    standing = application.standing
    data = {
        "application": str(application.id),
        "enrolment": standing.enrolment,
        "station": standing.station,
        "office": standing.office,
        "attempt": request.attempt,
        "try": request.try_,
        "turn": request.turn,
        "blanko": request.blanko,
    }
    known = {name: value for name, value in data.items() if value is not None}
    return _letter(REQUESTS, request.ask.value, standing.office, application.id, application.requests, known, now)


def feedback_letter(parked: Parked, now: datetime) -> Iterator[tuple[UUID, Letter]]:
    """Yield the word to the station whose event was parked, if it is known which one that is."""
    station = parked.submission.sender
    if station:
        data = {"event": parked.event_id, "reason": parked.reason, "detail": parked.detail, "parked": str(parked.id)}
        yield parked.id, _letter(FEEDBACK, "event-parked", station, parked.id, 1, data, now)


def _letter(
    exchange: str, name: str, about: str, subject: UUID, sequence: int, data: Mapping[str, Any], now: datetime
) -> Letter:
    identity = uuid5(_IDS, f"{exchange}:{subject}:{sequence}")
    attributes = {
        "id": str(identity),
        "source": SOURCE,
        "type": f"id.ektp.{name}.v1",
        "subject": str(subject),
        "time": write_moment(now),
        "sequence": str(sequence),
    }
    return Letter(identity, exchange, f"{name}.{about}", write_structured(attributes, data))
