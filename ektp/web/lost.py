"""Where nothing is, or nothing of that kind: a page for a person with a browser, a problem for a program."""

from http import HTTPStatus

import anyio.to_thread
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from ektp.web.problems import Problem
from ektp.web.sheets import sheet


def lead_back(app: FastAPI) -> None:
    """Let an address that there is not be answered in the way of whoever asks for it."""
    app.add_exception_handler(HTTPException, _answered)


async def _answered(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    why = Problem(error.status_code, phrase.lower().replace(" ", "-"), f"{phrase}: see /docs", error.headers or {})
    if "authorization" in request.headers or "text/html" not in request.headers.get("accept", ""):
        return why.told()
    return await anyio.to_thread.run_sync(_drawn, request, why)


def _drawn(request: Request, why: Problem) -> HTMLResponse:
    answer = sheet(request, "room/problem.html", why.status, why=why)
    answer.headers.update(why.headers)
    return answer
