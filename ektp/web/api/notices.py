"""What leaves, over HTTP: the notices as they come, and how deep the queues are."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import StreamingResponse

from ektp.broker.opening import queue_depths
from ektp.reading import queues as reading
from ektp.web.access.asking import Asker, Credentials, asker, while_allowed
from ektp.web.web import web_of

router = APIRouter(prefix="/api/v1", tags=["leaving"], responses={401: {"description": "No token, no session"}})
_PATTERN = Query(max_length=255, pattern=r"^[a-z0-9*#.-]+$", description="As in application-printed.33.#")


@router.get(
    "/notices",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"application/x-ndjson": {}}, "description": "One notice a line"},
        503: {"description": "No broker, or too many listen"},
    },
)
async def notices(
    request: Request, given: Credentials, _account: Asker, pattern: Annotated[str, _PATTERN] = "#"
) -> StreamingResponse:
    """Tell the notices whose routing key matches from now on, one JSON a line; an empty line is a sign of life."""
    ears = web_of(request).ears
    lines = while_allowed(partial(asker, request, given), ears.lines(await ears.open(pattern)))
    return StreamingResponse(lines, media_type="application/x-ndjson", headers={"X-Accel-Buffering": "no"})


@router.get("/queues")
def queues(request: Request, _account: Asker) -> dict[str, Any]:
    """Tell the depth and the readers of each queue, and what waits in the outbox."""
    web = web_of(request)
    url = web.parts.broker
    depths = queue_depths(url) if url else {}
    with web.snapshot() as connection:
        return {"queues": reading.queues(depths, reading.sights(connection)), "outbox": reading.outbox(connection)}
