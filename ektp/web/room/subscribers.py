"""Pelanggan: who hears the notices, how far each is behind, and how one is paused, mended and caught up."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from ektp.broker.errors import BrokerError
from ektp.reading.application import require_application
from ektp.reading.errors import Unknown
from ektp.reading.scope import EVERYWHERE
from ektp.reading.subscribers import subscriber, subscribers
from ektp.storage.subscribers.replays import NewReplay
from ektp.subscribers.subscribers import Subscribers
from ektp.web.room.page_route import PageRoute
from ektp.web.room.seat import Form, Posted, Seat, Seated
from ektp.web.screen import language_of
from ektp.web.spans import span
from ektp.web.web import web_of

router = APIRouter(include_in_schema=False, route_class=PageRoute)
MOST_HOURS: Final = 24 * 366
_USUAL_HOURS: Final = 24
Act = Literal["pause", "resume", "mend", "replay"]


class _Mistaken(Exception):
    """What was filled in cannot be done; `word` names the sentence that says so."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


@router.get("/subscribers")
def listed(seat: Seated) -> Response:
    """List the subscribers."""
    web = web_of(seat.request)
    with web.snapshot() as connection:
        found = subscribers(connection, seat.account.offices)
    rows = [_shown(seat, one) for one in found]
    return seat.drawn("room/subscribers.html", rows=rows, no_broker=web.parts.settings.broker() is None)


@router.get("/subscribers/{name}")
def shown(seat: Seated, name: str) -> Response:
    """Show one subscriber, and what it was sent once more."""
    return _drawn(seat, name)


@router.post("/subscribers/{name}/{act}")
def change(posted: Form, name: str, act: Act) -> Response:
    """Pause one, let it read again, make its queue as it was registered, or send it something once more."""
    seat = posted.seat
    try:
        _do(posted, name, act)
    except _Mistaken as wrong:
        return _drawn(seat, name, 422, wrong=wrong.word, form=posted.form)
    except BrokerError:
        return _drawn(seat, name, 503, wrong="subscribers-broker-away")
    return seat.see(f"/subscribers/{name}")


def _do(posted: Posted, name: str, act: Act) -> None:
    """Raise _Mistaken, NoSuchSubscriber, ServiceMissing, StoreAway and BrokerError."""
    desk: Subscribers = web_of(posted.seat.request).parts.subscribers()
    because = posted.text("because")
    if act in {"pause", "replay"} and not because:
        raise _Mistaken("subscribers-need-because")
    match act:
        case "pause":
            desk.pause(name, posted.by, because)
        case "resume":
            desk.resume(name, posted.by)
        case "mend":
            desk.mend(name, posted.by)
        case "replay":
            desk.replay(_asked(posted, name, because))


def _asked(posted: Posted, name: str, because: str) -> NewReplay:
    """Return what the form asks for: an application's series, or what left within so many hours. Raises _Mistaken."""
    resi, number = posted.text("resi"), posted.text("number") or "1"
    if resi:
        if not number.isdecimal() or not 1 <= int(number) <= 10**6:
            raise _Mistaken("subscribers-bad-number")
        application = _application(posted.seat, resi)
        return NewReplay(name, posted.by, because, application=application, from_sequence=int(number))
    hours = posted.text("hours")
    if not hours.isdecimal() or not 1 <= int(hours) <= MOST_HOURS:
        raise _Mistaken("subscribers-bad-hours")
    return NewReplay(name, posted.by, because, since=datetime.now(UTC) - timedelta(hours=int(hours)))


def _application(seat: Seat, resi: str) -> UUID:
    try:
        with web_of(seat.request).snapshot() as connection:
            found: UUID = require_application(connection, resi, EVERYWHERE).id
    except Unknown:
        raise _Mistaken("subscribers-no-resi") from None
    return found


def _drawn(
    seat: Seat, name: str, status: int = 200, wrong: str | None = None, form: Mapping[str, str] | None = None
) -> Response:
    with web_of(seat.request).snapshot() as connection:
        found = subscriber(connection, name, seat.account.offices)
    values = {"hours": str(_USUAL_HOURS), "resi": "", "number": "", "because": "", **(form or {})}
    return seat.drawn("room/subscriber.html", status, one=_shown(seat, found), wrong=wrong, form=values)


def _shown(seat: Seat, one: dict[str, Any]) -> dict[str, Any]:
    """Add in words how long the oldest has waited."""
    age = one["oldest_age"]
    waited = None if age is None or not one["lag"] else span(timedelta(seconds=age), language_of(seat.request))
    return {**one, "waited": waited}
