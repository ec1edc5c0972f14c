"""Rows as PostgreSQL's COPY and array literals want them, written as one text: psycopg would convert value by value."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import psycopg

_ESCAPES: Final = str.maketrans({"\\": r"\\", "\n": r"\n", "\t": r"\t", "\r": r"\r"})


def copy_text(rows: Iterable[Sequence[Any]]) -> str:
    """Return the rows for `copy ... from stdin`; values are texts, numbers, bytes, moments, UUIDs or None."""
    return "".join(["\t".join([_WRITERS[type(value)](value) for value in row]) + "\n" for row in rows])


def copy_rows(connection: psycopg.Connection, statement: str, rows: Iterable[Sequence[Any]], any_: object) -> None:
    """Copy the rows in, if there are *any_*."""
    if not any_:
        return
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(copy_text(rows))


def array(values: Iterable[int | str | None]) -> str:
    """Return the literal of an array of numbers, or of texts without quotes, commas, spaces and braces, or of nulls."""
    return f"{{{','.join(['null' if value is None else str(value) for value in values])}}}"


def uuid_text(value: UUID) -> str:
    """Return a UUID as PostgreSQL reads it too, in a third of the time that its usual text takes."""
    return f"{value.int:032x}"


def byte_array(values: Iterable[bytes]) -> str:
    """Return the literal of an array of bytea."""
    literals = ",".join([f'"\\\\x{value.hex()}"' for value in values])
    return f"{{{literals}}}"


def _text(value: str) -> str:
    # Whatever has to be escaped is a backslash or cannot be printed.
    return value if value.isprintable() and "\\" not in value else value.translate(_ESCAPES)


class _Writers(dict[type, Callable[[Any], str]]):
    """By the type of the value; our codes are texts."""

    def __missing__(self, kind: type) -> Callable[[Any], str]:
        if not issubclass(kind, StrEnum):
            raise TypeError(f"no column holds a {kind.__name__}")
        return str.__str__


_WRITERS: Final = _Writers(
    {
        type(None): lambda _: r"\N",
        str: _text,
        int: str,
        bytes: lambda value: rf"\\x{value.hex()}",
        datetime: datetime.isoformat,
        date: date.isoformat,
        UUID: uuid_text,
    }
)
