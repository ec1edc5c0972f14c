"""A form that was posted."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request

from ektp.web.door.body import read_body
from ektp.web.errors import BodyTooLarge

SHORT: Final = 4096  # bytes


async def form_of(request: Request, most: int = SHORT) -> Mapping[str, str]:
    """Return the fields of a posted form of at most so many bytes, each once. Raises TooSlow and BodyTooLarge."""
    body = await read_body(request, most)
    if body.too_large:
        raise BodyTooLarge(f"a form may have {most // 1024} KiB")
    fields = parse_qs(body.content.decode(errors="replace"), keep_blank_values=True)
    return {name: values[0] for name, values in fields.items()}
