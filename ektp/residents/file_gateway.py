"""The gateway that is a folder: each message a line of JSON in the file of its day, each once, whoever writes it.

It stands where an office has no gateway yet, and in tests. It holds what a resident would read, and of the address
only a keyed digest.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Final

from workflows.messages import Answer, Delivery, Interrupted

_DAYS: Final = 8  # files whose ids are remembered
_AT_A_TIME: Final = 1 << 20  # bytes


@dataclass(slots=True)
class _Read:
    """What was read of a file: up to where, and the ids in it; `torn` is the beginning of a line that has no end."""

    end: int = 0
    ids: set[str] = field(default_factory=set)
    torn: bytes = b""


class FileGateway:
    """A folder of its own; many threads and processes may write at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[date, _Read] = {}
        self._alone = Lock()

    def send(self, delivery: Delivery) -> tuple[Answer, str | None]:
        """Write it, unless it is there; it is on the disk when this returns. What cannot be written is refused."""
        try:
            with self._file(delivery.day) as (descriptor, read):
                if str(delivery.id) not in read.ids:
                    _append(descriptor, (b"\n" if read.torn else b"") + _line(delivery))
        except OSError as error:
            return Answer.REFUSED, type(error).__name__
        return Answer.TAKEN, None

    def knows(self, message: Interrupted) -> bool:
        """Tell whether it is written."""
        with self._file(message.day) as (_, read):
            return str(message.id) in read.ids

    @contextmanager
    def _file(self, day: date) -> Iterator[tuple[int, _Read]]:
        """Hold the file of a day, with everything known that is in it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._alone:
            descriptor = os.open(self._folder / f"{day}.jsonl", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield descriptor, self._news(descriptor, day)
            finally:
                os.close(descriptor)

    def _news(self, descriptor: int, day: date) -> _Read:
        """Read what was written since the last look, by whomever."""
        read = self._read.setdefault(day, _Read())
        if os.fstat(descriptor).st_size < read.end:
            read = self._read[day] = _Read()  # somebody took the file away
        for old in sorted(self._read)[:-_DAYS]:
            if old != day:
                del self._read[old]
        while some := os.pread(descriptor, _AT_A_TIME, read.end):
            read.end += len(some)
            *lines, read.torn = (read.torn + some).split(b"\n")
            read.ids.update(filter(None, map(_id_of, lines)))
        return read


def _append(descriptor: int, line: bytes) -> None:
    while line:
        line = line[os.write(descriptor, line) :]
    os.fsync(descriptor)


def _id_of(line: bytes) -> str | None:
    """Return whose line it is; one that was torn is nobody's."""
    try:
        return str(json.loads(line)["id"])
    except (ValueError, KeyError, TypeError):
        return None


def _line(delivery: Delivery) -> bytes:
    told = {
        "id": str(delivery.id),
        "at": delivery.now.isoformat(),
        "fact": str(delivery.fact),
        "notice": delivery.notice,
        "office": delivery.office,
        "channel": delivery.channel,
        "language": delivery.language,
        "contact": delivery.contact,
        "subject": delivery.subject,
        "text": delivery.text,
    }
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"
