"""One application: its life as a line of time, whose move it is, what comes next, and what can be done about it."""

from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter
from sqlalchemy import Connection, Row
from starlette.responses import JSONResponse, Response

from ektp.people.persons import persons_of
from ektp.reading.application import require_application, show
from ektp.reading.errors import Unknown
from ektp.reading.messages import messages
from ektp.reading.parking import parked_about
from ektp.reading.sent_letters import sent_letters
from ektp.reading.timeline import timeline
from ektp.web.errors import NotAsked
from ektp.web.room.declaring import said
from ektp.web.room.page_route import PageRoute
from ektp.web.room.seat import Form, Posted, Seat, Seated
from ektp.web.web import web_of
from schemas.zones import offset_of
from workflows.card_issuance import UNVERIFIED
from workflows.permissions import Action

router = APIRouter(include_in_schema=False, route_class=PageRoute)
PATH: Final = "/applications/{application}"
MESSAGES: Final = 100  #: The latest of an application.
REMEDIES: Final = ("resend", "retry", "recover", "re-record")


@router.get(PATH)
def shown(seat: Seated, application: str) -> Response:
    """Show one application by its id or resi; the person is masked."""
    return _drawn(seat, application)


@router.get(f"{PATH}/export")
def exported(seat: Seated, application: str) -> Response:
    """Give everything that is known of an application as JSON, without its person."""
    with web_of(seat.request).snapshot() as connection:
        row = _of(seat, connection, application)
        told = _told(seat, connection, row)
    events = [one["event"] for one in told["timeline"] if one["event"]]
    everything = {**told["shown"], "events": events, "letters": told["letters"], "parked": told["parked"]}
    name = f'attachment; filename="application-{row.id}.json"'
    return JSONResponse(everything, headers={"Content-Disposition": name})


@router.post(f"{PATH}/reveal")
def revealed(posted: Form, application: str) -> Response:
    """Show who it is for, in this answer only; who wanted to know, and why, is noted before."""
    because = because_in(posted)
    id_ = _found(posted.seat, application).id
    person = persons_of(web_of(posted.seat.request).parts).reveal(id_, posted.by, because)
    return _drawn(posted.seat, application, person=person)


@router.post(f"{PATH}/pin")
def new_pin(posted: Form, application: str) -> Response:
    """Make a new PIN for the resident, shown in this answer only; the one before is void."""
    id_ = _found(posted.seat, application).id
    receipt = web_of(posted.seat.request).parts.letters.new_resi(str(id_), posted.by)
    return _drawn(posted.seat, application, receipt=receipt)


@router.post(f"{PATH}/remedy")
def remedied(posted: Form, application: str) -> Response:
    """Order a remedy for the attempt that the page showed."""
    attempt, remedy = posted.text("attempt"), posted.text("remedy")
    if not (attempt.isascii() and attempt.isdigit()) or remedy not in REMEDIES:
        raise NotAsked("name a remedy, and the attempt it is for")
    return _said(posted, application, "remedy-ordered", {"attempt": int(attempt[:9]), "remedy": remedy})


@router.post(f"{PATH}/postpone")
def postponed(posted: Form, application: str) -> Response:
    """Give it more time: the next deadline comes no earlier than this moment, by the clocks of its office."""
    office = _found(posted.seat, application).office
    return _said(posted, application, "deadline-postponed", {"until": moment_in(posted, "until", office)})


def moment_in(posted: Posted, name: str, office: str) -> str | None:
    """Return a moment that somebody chose by the clocks of an office, as events write it; None for none chosen.

    Raises NotAsked.
    """
    given = posted.text(name)
    try:
        there = datetime.fromisoformat(given) if given else None
        if there is not None and there.tzinfo is None:
            there = (there - offset_of(office)).replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise NotAsked(f"{name} is a date and a time") from None
    return there.isoformat() if there else None


def because_in(posted: Posted) -> str:
    """Return the reason that somebody gives. Raises NotAsked without one."""
    if because := posted.text("because"):
        return because
    raise NotAsked("because: say why, it is noted with your name")


def _said(posted: Posted, application: str, name: str, data: dict[str, Any]) -> Response:
    """Say it through the one door; where it changes nothing, say that on the page."""
    id_ = _found(posted.seat, application).id
    outcome = said(posted, name, str(id_), {**data, "because": because_in(posted)})
    if outcome.outcome == "applied":
        return posted.seat.see(f"/applications/{id_}")
    return _drawn(posted.seat, application, status=409, outcome=outcome)


def _drawn(seat: Seat, application: str, *, status: int = 200, **answered: Any) -> Response:  # noqa: ANN401 - as Jinja
    with web_of(seat.request).snapshot() as connection:
        told = _told(seat, connection, _of(seat, connection, application))
    known = {"person": None, "receipt": None, "outcome": None, **answered}
    unverified = told["shown"]["state"] in UNVERIFIED
    return seat.drawn(
        "room/application.html", status, remedies=REMEDIES if unverified else (), Action=Action, **told, **known
    )


def _told(seat: Seat, connection: Connection, row: Row[Any]) -> dict[str, Any]:
    """Return all that is known of an application, without its person."""
    keeping = web_of(seat.request).parts.keeping
    return {
        "shown": show(connection, str(row.id), keeping, seat.account.offices),
        "timeline": timeline(connection, row.id, keeping),
        "letters": list(sent_letters(connection, row)),
        "messages": messages(connection, seat.account.offices, application=row.id, most=MESSAGES)[::-1],
        "parked": parked_about(connection, row.id),
        # A blanko lies where the card is printed: whoever is there for a kecamatan alone is not led to it.
        "sees_blanko": seat.may(Action.LOOK, keeping.policy(row.office).printing_office(row.office)),
    }


def _found(seat: Seat, application: str) -> Row[Any]:
    with web_of(seat.request).snapshot() as connection:
        return _of(seat, connection, application)


def _of(seat: Seat, connection: Connection, name: str) -> Row[Any]:
    """Return the row of an application in the offices of whoever asks. Raises Unknown."""
    if not name.isprintable():
        raise Unknown("application", "")
    return require_application(connection, name, seat.account.offices)
