"""Why a request is answered with a problem.

WebError
├── Unauthorised        (401)
├── Forbidden           (403)
├── TooSlow             (408)
├── BodyTooLarge        (413)
├── Mistaken            (422)
├── NotAsked            (422)
├── TooMany             (429)
└── Busy                (503)
"""

from math import ceil
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


class Forbidden(WebError):
    """The account is known and may not ask for this."""

    status = 403
    code = "forbidden"


class TooSlow(WebError):
    """The body did not arrive in the time it may take."""

    status = 408
    code = "too-slow"


class BodyTooLarge(WebError):
    """The body is larger than this address takes."""

    status = 413
    code = "too-large"


class Mistaken(WebError):
    """A form holds what cannot be; `word` is the key of the sentence for whoever filled it in."""

    status = 422
    code = "bad-form"

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word

    def __str__(self) -> str:
        return f"the form holds something that cannot be ({self.word}): nothing was done"


class NotAsked(WebError):
    """A parameter has a value that it cannot have."""

    status = 422
    code = "bad-parameter"


class TooMany(WebError):
    """An account or an address asks more than it may; after so many seconds it may again."""

    status = 429
    code = "too-many"

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = ceil(seconds)

    def __str__(self) -> str:
        return f"more than this account may send: nothing was done, try again in {self.seconds} s"


class Busy(WebError):
    """More listen or wait already than this process serves."""

    status = 503
    code = "busy"
