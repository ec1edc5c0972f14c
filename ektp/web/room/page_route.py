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
from ektp.web.errors import Unauthorised
from ektp.web.login import SIGN_IN
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
            except Unauthorised as unknown:
                return _to_sign_in(request, problem_of(unknown))
            except (EktpError, ConsumerError, RequestValidationError) as error:
                return await anyio.to_thread.run_sync(_said, request, problem_of(error))
            return found

        return answer


def _to_sign_in(request: Request, unknown: Problem) -> Response:
    """Lead to where one signs in: a part of a page that asks by itself has the whole page led there."""
    if _BY_HTMX not in request.headers:
        return unknown.told() if request.headers.get("authorization") else RedirectResponse(SIGN_IN, 303)
    answer = unknown.told()
    answer.headers["HX-Redirect"] = SIGN_IN
    return answer


def _said(request: Request, why: Problem) -> HTMLResponse:
    answer = sheet(request, "room/problem.html", why.status, why=why)
    answer.headers.update(why.headers)
    return answer
