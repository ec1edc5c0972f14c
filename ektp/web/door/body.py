"""The body of a request, read up to a limit and within a time; what is beyond the limit is never kept."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request

from ektp.web.errors import TooSlow

PATIENCE: Final = 30.0  # seconds for a whole body
# A client that is still writing hears our answer only if we go on reading for a while.
_POLITE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Body:
    """What came; of one that is too large only its beginning, one byte more than the limit."""

    content: bytes = field(repr=False)
    too_large: bool


async def read_body(request: Request, most: int, *, patience: float = PATIENCE) -> Body:
    """Read at most `most` bytes. Raises TooSlow."""
    content = bytearray()
    stream = request.stream()
    try:
        async with asyncio.timeout(patience):
            async for chunk in stream:
                content += chunk[: most + 1 - len(content)]
                if len(content) > most:
                    await _let_pass(stream)
                    return Body(bytes(content), too_large=True)
    except TimeoutError:
        raise TooSlow("the body took too long: send smaller batches") from None
    return Body(bytes(content), too_large=False)


async def _let_pass(stream: AsyncIterator[bytes]) -> None:
    passed = 0
    async for chunk in stream:
        passed += len(chunk)
        if passed > _POLITE:
            return
