"""Long tables read through server-side cursors: however many rows there are, only a few are in memory."""

from collections.abc import Callable, Generator, Iterator
from heapq import merge
from itertools import groupby
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Executable, Row

from ektp.verification.finding import Advance

_AT_A_TIME: Final = 1000
Key = TypeVar("Key")


def streamed(connection: Connection, question: Executable, advance: Advance) -> Generator[Row[Any], None, None]:
    """Yield the rows of *question*, telling each thousand."""
    with connection.execute(question.execution_options(yield_per=_AT_A_TIME)) as answer:
        for rows in answer.partitions(_AT_A_TIME):
            yield from rows
            advance(len(rows))


def grouped(rows: Iterator[Row[Any]], key: Callable[[Row[Any]], Key]) -> Iterator[tuple[Key, Iterator[Row[Any]]]]:
    """Yield the rows by *key*; they come sorted by it."""
    yield from groupby(rows, key)


def paired(
    applications: Iterator[Row[Any]], rows: Iterator[Row[Any]]
) -> Iterator[tuple[UUID, Row[Any] | None, list[Row[Any]]]]:
    """Yield every application with its rows, also where one of the two is missing.

    Applications come sorted by `id`, rows by `application`: merging them here spares the database a sort of everything.
    """
    owners = ((row.id, 0, row) for row in applications)
    owned = ((row.application, 1, row) for row in rows)
    for application, found in groupby(merge(owners, owned, key=_place), key=_application):
        together = list(found)
        owner = together[0][2] if together[0][1] == 0 else None
        yield application, owner, [row for _, kind, row in together if kind]


def _place(item: tuple[UUID, int, Row[Any]]) -> tuple[UUID, int]:
    return item[:2]


def _application(item: tuple[UUID, int, Row[Any]]) -> UUID:
    return item[0]
