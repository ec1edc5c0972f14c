"""Rows as PostgreSQL's COPY and array literals want them, written as one text: psycopg would convert value by value."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

_ESCAPES: Final = str.maketrans({"\\": r"\\", "\n": r"\n", "\t": r"\t", "\r": r"\r"})


def copy_text(rows: Iterable[Sequence[Any]]) -> str:
    """Return the rows for `copy ... from stdin`; values are texts, numbers, bytes, moments, UUIDs or None."""
    return "".join(["\t".join([_WRITERS[type(value)](value) for value in row]) + "\n" for row in rows])


def array(values: Iterable[int | str | UUID]) -> str:
    """Return the literal of an array of numbers or UUIDs, which may be texts already."""
    return f"{{{','.join(map(str, values))}}}"


def byte_array(values: Iterable[bytes]) -> str:
    """Return the literal of an array of bytea."""
    literals = ",".join([f'"\\\\x{value.hex()}"' for value in values])
    return f"{{{literals}}}"


def _text(value: str) -> str:
    # Whatever has to be escaped is a backslash or cannot be printed.
    return value if value.isprintable() and "\\" not in value else value.translate(_ESCAPES)


_WRITERS: Final[dict[type, Callable[[Any], str]]] = {
    type(None): lambda _: r"\N",
    str: _text,
    int: str,
    bytes: lambda value: rf"\\x{value.hex()}",
    datetime: datetime.isoformat,
    UUID: str,
}
