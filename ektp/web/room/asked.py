"""What the address of a list asks for: its filters, and where its page begins."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request

from ektp.web.errors import NotAsked

PAGE: Final = 50  # rows
_LONGEST: Final = 100  # signs


def filters_of(request: Request, *names: str) -> dict[str, str]:
    """Return the filters that are set, by name. Raises NotAsked."""
    found = {name: request.query_params.get(name, "").strip() for name in names}
    for name, value in found.items():
        if len(value) > _LONGEST or not value.isprintable():
            raise NotAsked(f"{name} has at most {_LONGEST} signs that can be printed")
    return {name: value for name, value in found.items() if value}


def place_of(request: Request) -> UUID | None:
    """Return the id behind which the page begins, None for the first page. Raises NotAsked."""
    try:
        return UUID(after) if (after := request.query_params.get("after")) else None
    except ValueError:
        raise NotAsked("after is the id of the last row of the page before") from None


def number_of(request: Request) -> int:
    """Return the number behind which the page begins, 0 for the first page. Raises NotAsked."""
    after = request.query_params.get("after") or "0"
    if not (after.isascii() and after.isdigit() and int(after[:11]) < 2**31):
        raise NotAsked("after is the number of the last row of the page before")
    return int(after)


def address(path: str, filters: Mapping[str, str], **more: str) -> str:
    """Return the address of a list with these filters."""
    query = urlencode({**filters, **more})
    return f"{path}?{query}" if query else path
