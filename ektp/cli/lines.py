"""Lines of a file or of standard input, however large it is."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

from ektp.errors import WrongUse

Item = TypeVar("Item")
# Four times what an event may have: enough to say that it is too large, too little to fill the memory.
_LONGEST: Final = 256 * 1024


@contextmanager
def opened_file(name: str) -> Iterator[BinaryIO]:
    """Open the file, `-` for standard input; raise WrongUse when it cannot be read."""
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - an error while reading is another one than this
    except OSError as error:
        raise WrongUse(f"{name}: {error.strerror}") from None
    with file:
        yield file


def numbered_lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield every line that is not empty, with its number; of one without end only the beginning."""
    number = 0
    while line := file.readline(_LONGEST):
        number += 1
        rest = line
        while not rest.endswith(b"\n") and (rest := file.readline(_LONGEST)):
            pass
        if line.strip():
            yield number, line


def batches(items: Iterator[Item], size: int) -> Iterator[Sequence[Item]]:
    """Yield the items in lists of at most `size`."""
    while batch := list(islice(items, size)):
        yield batch
