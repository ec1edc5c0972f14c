"""Problem details of RFC 9457: what went wrong, in words of our own that repeat nothing of the request."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse

from consumers.errors import ConsumerError
from ektp.errors import EktpError, NoSuchAccount, NoSuchStation, NoSuchSubscriber, OwnAdministration, ServiceMissing
from ektp.reading.errors import Unknown
from ektp.repairing.errors import RepairError
from ektp.web.errors import TooMany, WebError
from schemas.reasons import Reason

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER: Final = "2"  # seconds
R: Final = Reason
_STATUS: Final = {
    **dict.fromkeys(
        (
            R.NOT_JSON,
            R.NOT_UTF_8,
            R.NOT_AN_OBJECT,
            R.DUPLICATE_KEY,
            R.NUMBER_OUT_OF_RANGE,
            R.NUL_OR_SURROGATE,
            R.TOO_DEEP,
        ),
        400,
    ),
    R.SENDER_NOT_ALLOWED: 403,
    R.TOO_LARGE: 413,
    R.CONTENT_TYPE_NOT_ALLOWED: 415,
    R.ENCODING_NOT_ALLOWED: 415,
}

#: Answered before the body has ended: whoever goes on sending is hung up on.
_UNREAD: Final = frozenset({408, 413})


def status_of(reason: Reason) -> int:
    """Return the status for one event that was refused: what can be decoded and still cannot be is 422."""
    return _STATUS.get(reason, 422)


def problem(status: int, code: str, detail: str, **more: Any) -> JSONResponse:  # noqa: ANN401 - members are JSON
    """Return the answer; `code` makes the type, `detail` is a sentence that may be shown to anybody."""
    told = {
        "type": f"urn:ektp:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **more,
    }
    headers = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="ektp"'
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = RETRY_AFTER
    if status in _UNREAD:
        headers["Connection"] = "close"
    return JSONResponse(told, status, headers, media_type=MEDIA_TYPE)


class Problem(NamedTuple):
    """What is answered instead; `detail` is a sentence that may be shown to anybody."""

    status: int
    code: str
    detail: str
    headers: Mapping[str, str] = MappingProxyType({})

    def told(self) -> JSONResponse:
        """Return it as the answer to a program."""
        answer = problem(self.status, self.code, self.detail)
        answer.headers.update(self.headers)
        return answer


def problem_of(error: Exception) -> Problem:
    """Return what is answered where an error of ours ends a request, or a parameter cannot be read."""
    match error:
        case TooMany():
            return Problem(error.status, error.code, str(error), {"Retry-After": str(error.seconds)})
        case WebError() | RepairError():
            return Problem(error.status, error.code, str(error))
        case Unknown():
            # Its text repeats what was asked for, and somebody may have asked for a person.
            return Problem(404, "unknown", f"there is no such {error.what}")
        case NoSuchAccount():
            return Problem(404, "unknown", "there is no such account")
        case NoSuchStation():
            return Problem(404, "unknown", "there is no such station")
        case NoSuchSubscriber():
            return Problem(404, "unknown", "there is no such subscriber")
        case OwnAdministration():
            return Problem(409, "own-administration", str(error))
        case RequestValidationError():
            names = sorted({str(one["loc"][1]) for one in error.errors() if len(one["loc"]) > 1})
            return Problem(422, "bad-parameter", f"cannot be read: {', '.join(names) or 'the request'}")
        case ServiceMissing() | ConsumerError():
            return Problem(503, "not-available", "a service that is needed is not there; nothing was done, try again")
        case _:
            return Problem(503, "not-available", "this installation is not ready; its log and `ektp doctor` say why")


def _of_ours(_request: Request, error: Exception) -> JSONResponse:
    return problem_of(error).told()


def explain(app: FastAPI) -> None:
    """Let every error of ours be answered with a problem."""
    app.add_exception_handler(EktpError, _of_ours)
    app.add_exception_handler(ConsumerError, _of_ours)
    app.add_exception_handler(RequestValidationError, _of_ours)
