"""The serials of blanko: what one looks like, and what lies between two of them."""

import re
from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import StringConstraints
from pydantic_core import PydanticCustomError

#: How many blanko one delivery note may announce.
MOST: Final = 100_000
_COUNTED: Final = re.compile(r"([A-Z0-9-]*?)([0-9]*)", re.ASCII)

Serial = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z0-9][A-Z0-9-]{0,31}$")]


def serials(first: str, last: str) -> Iterator[str]:
    """Count from one serial to another, both included; they differ only in digits at their end."""
    prefix, low, high, width = _range(first, last)
    return (f"{prefix}{number:0{width}}" if width else prefix for number in range(low, high + 1))


def stack(serial: str) -> str:
    """Return what a serial shares with the up to 10,000 around it: all but the last four digits of its number."""
    prefix, number = _split(serial)
    return f"{prefix}{number[:-4]}/{len(number)}"


def stacks(first: str, last: str) -> list[str]:
    """Return the stacks in which the serials from one to another lie."""
    prefix, low, high, width = _range(first, last)
    above = max(width - 4, 0)
    numbers = range(low // 10_000, high // 10_000 + 1)
    return [f"{prefix}{f'{number:0{above}}' if above else ''}/{width}" for number in numbers]


def count(first: str, last: str) -> int:
    """Tell how many serials lie between two, both included; raise bad-data where there is no such range."""
    _, low, high, _ = _range(first, last)
    if low > high:
        raise PydanticCustomError("bad-data", "first must not come after last")
    if high - low >= MOST:
        raise PydanticCustomError("bad-data", "one delivery may hold 100,000 blanko at most")
    return high - low + 1


def _range(first: str, last: str) -> tuple[str, int, int, int]:
    """Split both into what they share, their numbers and the width of these."""
    (prefix, low), (other, high) = _split(first), _split(last)
    if prefix != other or len(low) != len(high):
        raise PydanticCustomError("bad-data", "first and last must differ only in digits at the end, equally many")
    return prefix, int(low or 0), int(high or 0), len(low)


def _split(serial: str) -> tuple[str, str]:
    match = _COUNTED.fullmatch(serial)
    if match is None:
        raise PydanticCustomError("bad-data", "must be a serial: A-Z, 0-9 and -, at most 32")
    return match[1], match[2]
