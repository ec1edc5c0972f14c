"""Why a request is answered with a problem.

WebError
├── Unauthorised        (401)
├── TooSlow             (408)
├── BodyTooLarge        (413)
├── NotAsked            (422)
└── Busy                (503)
"""

from typing import ClassVar

from ektp.errors import EktpError


class WebError(EktpError):
    """A request cannot be answered as asked; `code` names the problem, its text repeats nothing of the request."""

    status: ClassVar = 400
    code: ClassVar = "bad-request"


class Unauthorised(WebError):
    """The request carries no token or session that is known."""

    status = 401
    code = "unauthorised"


class TooSlow(WebError):
    """The body did not arrive in the time it may take."""

    status = 408
    code = "too-slow"


class BodyTooLarge(WebError):
    """The body is larger than this address takes."""

    status = 413
    code = "too-large"


class NotAsked(WebError):
    """A parameter has a value that it cannot have."""

    status = 422
    code = "bad-parameter"


class Busy(WebError):
    """More listen or wait already than this process serves."""

    status = 503
    code = "busy"
