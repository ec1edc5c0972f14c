"""Long tables read through a server-side cursor: however many rows there are, only a few are in memory."""

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Executable, Row

from ektp.verification.finding import Advance

_AT_A_TIME: Final = 1000
Key = TypeVar("Key")


def streamed(connection: Connection, question: Executable, advance: Advance) -> Iterator[Row[Any]]:
    """Yield the rows of *question*, telling each thousand."""
    answer = connection.execute(question.execution_options(yield_per=_AT_A_TIME))
    for rows in answer.partitions():
        yield from rows
        advance(len(rows))


def grouped(rows: Iterator[Row[Any]], key: Callable[[Row[Any]], Key]) -> Iterator[tuple[Key, Iterator[Row[Any]]]]:
    """Yield the rows by *key*; they come sorted by it."""
    yield from groupby(rows, key)
