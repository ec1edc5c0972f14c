"""A route of the room: what cannot be answered is said on a page, and who is not signed in is led to where one is."""

from collections.abc import Callable, Coroutine
from typing import Any

import anyio.to_thread
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from consumers.errors import ConsumerError
from ektp.errors import EktpError
from ektp.web.access.login import SIGN_IN
from ektp.web.errors import Unauthorised
from ektp.web.problems import Problem, problem_of
from ektp.web.sheets import sheet

_BY_HTMX = "hx-request"


class PageRoute(APIRoute):
    """Answers errors as a browser can show them."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler."""
        answered = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                found: Response = await answered(request)
            except (EktpError, ConsumerError, RequestValidationError) as error:
                return await _answered(request, error)
            return found

        return answer


async def _answered(request: Request, error: Exception) -> Response:
    """Answer a program, which comes with a token, as everywhere; a person with a page, or the way to sign in."""
    why = problem_of(error)
    if "authorization" in request.headers:
        return why.told()
    if not isinstance(error, Unauthorised):
        return await anyio.to_thread.run_sync(_said, request, why)
    if _BY_HTMX not in request.headers:
        return RedirectResponse(SIGN_IN, 303)
    answer = why.told()  # a part of a page asks: the whole page is led there
    answer.headers["HX-Redirect"] = SIGN_IN
    return answer


def _said(request: Request, why: Problem) -> HTMLResponse:
    answer = sheet(request, "room/problem.html", why.status, why=why)
    answer.headers.update(why.headers)
    return answer
