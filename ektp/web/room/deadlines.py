"""Tenggat, the deadlines: what is overdue and why, what comes next, what waits too long, and who cannot work."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from ektp.reading import deadlines, waiting_events
from ektp.reading.deadlines import Asked
from ektp.reading.outages import outages
from ektp.reading.stuck import CAUSES
from ektp.web.errors import Forbidden, NotAsked
from ektp.web.narrowing import cause_in, office_in
from ektp.web.room.application import because_in, moment_in
from ektp.web.room.declaring import now_of, said
from ektp.web.room.lists import csv_file
from ektp.web.room.page_route import PageRoute
from ektp.web.room.seat import Form, Posted, Seat, Seated
from ektp.web.web import web_of
from schemas.places import is_office
from workflows.clock import CENTRE
from workflows.deadlines import MOVES
from workflows.permissions import Action

router = APIRouter(include_in_schema=False, route_class=PageRoute)
PATH: Final = "/deadlines"
_KNOWN: Final = dict.fromkeys((*MOVES, *CAUSES))
_COLUMNS: Final = ("cause", "office", "whose_move", "owner", "count", "oldest", "age")


@router.get(PATH)
def shown(seat: Seated) -> Response:
    """Show what is overdue in groups, what comes due within a day, and what waits too long."""
    return _drawn(seat)


@router.get(f"{PATH}.csv")
def taken_away(seat: Seated) -> Response:
    """Give every group as a file."""
    asked, keeping = _asked(seat), web_of(seat.request).parts.keeping
    with web_of(seat.request).snapshot() as connection:
        found = deadlines.detailed(connection, keeping, deadlines.overdue_groups(connection, keeping, asked))
        found += waiting_events.waiting_groups(connection, keeping, asked)
    return csv_file("deadlines", _COLUMNS, found)


@router.post(f"{PATH}/outages")
def declared(posted: Form) -> Response:
    """Declare that an office or the centre cannot work; its deadlines wait."""
    subject = _subject(posted)
    office = "" if subject == CENTRE else subject
    begins = moment_in(posted, "from", office) or now_of(web_of(posted.seat.request)).isoformat()
    data = {"from": begins, "until": moment_in(posted, "until", office), "because": because_in(posted)}
    return _answered(posted, "outage-declared", subject, data)


@router.post(f"{PATH}/outages/end")
def ended(posted: Form) -> Response:
    """Say that an outage is over."""
    return _answered(posted, "outage-ended", _subject(posted), {"because": because_in(posted)})


def _subject(posted: Posted) -> str:
    """Return who cannot work: an office of whoever says so, or the centre. Raises NotAsked and Forbidden."""
    subject = posted.text("subject")
    if subject != CENTRE and not is_office(subject):
        raise NotAsked("subject is the code of an office, or centre")
    # The centre is no single office's: only who is there for all of them may speak for it.
    if not posted.seat.may(Action.DECLARE, "" if subject == CENTRE else subject):
        raise Forbidden("this account may not speak for that office")
    return subject


def _answered(posted: Posted, name: str, subject: str, data: Mapping[str, Any]) -> Response:
    outcome = said(posted, name, subject, data)
    if outcome.outcome == "applied":
        return posted.seat.see(f"{PATH}#outages")
    return _drawn(posted.seat, status=409, outcome=outcome)


def _drawn(seat: Seat, *, status: int = 200, outcome: object = None) -> Response:
    asked, keeping, fields = _asked(seat), web_of(seat.request).parts.keeping, seat.request.query_params
    with web_of(seat.request).snapshot() as connection:
        groups = deadlines.overdue_groups(connection, keeping, asked)
        largest = deadlines.detailed(connection, keeping, groups[: deadlines.MOST_GROUPS])
        coming, later = deadlines.coming(connection, keeping, asked, _place(fields, "due"))
        waiting = waiting_events.waiting_groups(connection, keeping, asked)
        events, more = waiting_events.waiting_events(connection, asked, _place(fields, "held"))
        lasting = outages(connection)
    totals: dict[str, int] = {}
    for one in groups:
        totals[one["cause"]] = totals.get(one["cause"], 0) + one["count"]
    return seat.drawn(
        "room/deadlines.html",
        status,
        asked=asked,
        totals=sorted(totals.items(), key=lambda total: -total[1]),
        groups=largest,
        others=len(groups) - len(largest),
        coming=coming,
        later=_written(later),
        waiting=waiting,
        events=events,
        more=_written(more),
        outages=lasting,
        causes=[(cause, f"applications-cause-{cause}") for cause in _KNOWN],
        Action=Action,
        outcome=outcome,
        centre=CENTRE,
    )


def _asked(seat: Seat) -> Asked:
    fields = seat.request.query_params
    return Asked(cause_in(fields, _KNOWN), office_in(fields), seat.account.offices)


def _place(fields: Mapping[str, str], name: str) -> tuple[datetime, UUID] | None:
    """Return where a list goes on, as the page before has written it. Raises NotAsked."""
    given = fields.get(name, "")
    moment, _, id_ = given.partition("~")
    try:
        found = (datetime.fromisoformat(moment), UUID(id_)) if given else None
        if found and found[0].tzinfo is None:
            raise ValueError  # noqa: TRY301 - said as the others are
    except ValueError:
        raise NotAsked(f"{name} is what the page before said") from None
    return found


def _written(place: tuple[datetime, UUID] | None) -> str | None:
    return None if place is None else f"{place[0].astimezone(UTC).isoformat()}~{place[1]}"
