"""The door for events over HTTP: read, applied through the journal, and answered after the commit."""

from collections.abc import Sequence
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse

from consumers.outcome import Outcome
from ektp.web.access.asking import Credentials
from ektp.web.door.batch import BATCH_TYPE
from ektp.web.door.delivery import Delivery
from ektp.web.door.sending import sent, take_room
from ektp.web.problems import problem, status_of
from ektp.web.web import web_of
from schemas.cloudevents import BINARY_TYPE, STRUCTURED_TYPE
from schemas.reasons import REASONS, Reason
from schemas.submission import Submission

router = APIRouter(tags=["events"])
_EVENT: Final = {"schema": {"type": "object"}}
_BATCH: Final = {"schema": {"type": "array", "items": {"type": "object"}}}
_BODIES: Final = {STRUCTURED_TYPE: _EVENT, BATCH_TYPE: _BATCH, BINARY_TYPE: _EVENT}
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    202: {"description": "What became of each event"},
    400: {"description": "It cannot be decoded"},
    401: {"description": "No token or signature, or not one of ours"},
    403: {"description": "The account may not say this"},
    408: {"description": "The body took too long"},
    413: {"description": "An event has at most 64 KiB, a batch 1 MiB and 1000 events"},
    415: {"description": "Neither structured, binary nor batch, or encoded"},
    422: {"description": "One event that cannot be; it is parked with its reason"},
    429: {"description": "More than this account may send: nothing was done, try again after Retry-After"},
    503: {"description": "The store is not there: send it again"},
}
_REQUEST: Final = {"requestBody": {"required": True, "content": _BODIES}}


@router.post("/events", status_code=202, responses=_ANSWERS, openapi_extra=_REQUEST)
async def take_events(request: Request, given: Credentials) -> JSONResponse:
    """Take in CloudEvents: one, structured or binary, or a batch. The answer comes after the commit.

    Whatever cannot be is kept with its reason; sending anything again is harmless.
    """
    web = web_of(request)
    account, body = await sent(request, given)
    delivery = Delivery(request.headers, account)

    def read() -> Sequence[Submission]:
        submissions = delivery.read(body)
        take_room(web, account, len(submissions))
        return submissions

    def note(submissions: Sequence[Submission]) -> None:
        web.watch.note(delivery.messages(submissions), submissions)

    submissions, outcomes = await web.journals.apply(read, note, account.station and account.station.name)
    told = [{"id": one.event_id, "outcome": one.outcome, "reason": one.reason} for one in outcomes]
    if not delivery.several and (fault := _fault(submissions[0], outcomes[0])) is not None:
        reason, detail = fault
        return problem(status_of(reason), reason.value, detail, reason=reason.value, outcomes=told)
    return JSONResponse({"outcomes": told}, 202)


def _fault(submission: Submission, outcome: Outcome) -> tuple[Reason, str] | None:
    """Return why one event cannot be, also when it comes again; None for one that was taken in."""
    if submission.refusal is not None:
        return submission.refusal.reason, submission.refusal.detail
    if outcome.outcome == "parked" and outcome.reason is not None:
        reason = Reason(outcome.reason)
        return reason, REASONS[reason].meaning
    return None
