"""For machines that watch: is it alive, is it ready, how much of what, which release."""

import time
from threading import Lock
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from consumers.errors import LinkLost, StoreAway
from ektp.errors import EktpError
from ektp.reading.revision import require_migrated
from ektp.release import release_name
from ektp.web.web import Web, web_of

router = APIRouter(tags=["probes"])
_FRESH: Final = 5.0  # seconds a look at the broker is good for
_METRICS: Final = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/livez")
async def livez() -> dict[str, str]:
    """Tell that the process answers."""
    return {"status": "alive"}


@router.get(
    "/readyz",
    responses={503: {"content": {"application/json": {}}, "description": "Something that is needed is not there"}},
)
def readyz(request: Request) -> JSONResponse:
    """Tell whether events would be taken in now: the database, its tables and keys, the broker if one is configured."""
    web = web_of(request)
    parts = {name: None if ready else "not ready" for name, ready in web.beside().items()}
    checks = {**parts, "database": _database(web), "broker": web.broker(), "door": _door(web)}
    ready = all(found is None for found in checks.values())
    told = {"ready": ready, "checks": {name: found or "ok" for name, found in checks.items()}}
    return JSONResponse(told, 200 if ready else 503)


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(request: Request) -> Response:
    """Tell counts and ages for Prometheus; nothing of a person."""
    return Response(web_of(request).measures.written(), media_type=_METRICS)


@router.get("/version")
async def release() -> dict[str, Any]:
    """Tell the release."""
    return {"name": "ektp", "version": release_name()}


def _database(web: Web) -> str | None:
    try:
        require_migrated(web.parts.engine)
        web.parts.vault  # noqa: B018 - checks the keys
    except (StoreAway, EktpError) as error:
        return str(error)
    return None


def _door(web: Web) -> str | None:
    halted = web.journals.halted
    return None if halted is None else str(halted)


class BrokerLook:
    """Looks whether the broker of a URL answers, at most once in a few seconds; None is well."""

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._lock = Lock()
        self._until = 0.0
        self._found: str | None = None

    def __call__(self) -> str | None:
        """Return what is wrong with the broker, None if nothing is."""
        if self._url is None:
            return None
        with self._lock:
            if time.monotonic() > self._until:
                self._found = _asked(self._url)
                self._until = time.monotonic() + _FRESH
            return self._found


def _asked(url: str) -> str | None:
    """Open a link and close it."""
    from consumers.errors import SourceLost  # noqa: PLC0415 - kombu takes its time, and is not always wanted
    from ektp.broker.connection import Link, new_connection  # noqa: PLC0415
    from ektp.broker.errors import BrokerError  # noqa: PLC0415

    try:
        Link(new_connection(url), SourceLost, "broker").close()
    except LinkLost:
        return "no connection to RabbitMQ"
    except BrokerError as error:
        return str(error)
    return None
