"""What a batch of messages tells of the stations that sent them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from schemas.nik import holds_nik

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from consumers.ports import Message
    from schemas.event import Event
    from schemas.submission import Submission

#: When the message left, by the sender's own clock (RFC 3339), and how many events its spool held then.
SENT: Final = "ektp-sent"
UNSENT: Final = "ektp-unsent"
_LATE: Final = ".late"
_MOST_UNSENT: Final = 2**31 - 1
_DIGITS: Final = 18  # of a running number


class Sighting(NamedTuple):
    """What was seen of one station: the office and time of its newest event, its running numbers, and its own word.

    `sent` is when it says to have sent the last of them; `waited` that it may have lain in the late queue since.
    """

    station: str
    office: str
    event: datetime | None
    sequences: frozenset[int]
    unsent: int | None
    sent: datetime | None
    waited: bool


class _Seen:
    """One station's sighting in the making; of its own words the last ones are read, and only in the end."""

    __slots__ = ("event", "late", "sent", "sequences", "unsent")

    def __init__(self) -> None:
        self.event: Event | None = None
        self.sequences: set[int] = set()
        self.unsent: object = None
        self.sent: object = None
        self.late: object = None

    def add(self, message: Message, submission: Submission) -> None:
        event = submission.event
        if event is None:
            self.sequences.update(_number_in(submission.body))
        else:
            if event.sequence is not None:
                self.sequences.add(int(event.sequence))
            if self.event is None or event.time >= self.event.time:
                self.event = event
        headers = message.headers
        if not headers:
            return
        if UNSENT in headers:
            self.unsent = headers[UNSENT]
        if SENT in headers:
            if message.routing_key.endswith(_LATE):
                self.late = headers[SENT]
            else:
                self.sent = headers[SENT]


def sightings(messages: Sequence[Message], submissions: Sequence[Submission]) -> list[Sighting]:
    """Return one sighting for each station of a batch, by name.

    What was refused as a matter of security, or whose sender nobody knows, counts for nobody: it may be a forgery.
    """
    found: dict[str, _Seen] = {}
    for message, submission in zip(messages, submissions, strict=True):
        refusal = submission.refusal
        if not submission.sender or (refusal is not None and refusal.violation is not None):
            continue
        seen = found.get(submission.sender)
        if seen is None:
            seen = found[submission.sender] = _Seen()
        seen.add(message, submission)
    return [_sighting(station, found[station]) for station in sorted(found)]


def runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return the runs of numbers without a gap: the first of each, and the one after its last."""
    found: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number:
            found[-1] = (found[-1][0], number + 1)
        else:
            found.append((number, number + 1))
    return found


def _sighting(station: str, seen: _Seen) -> Sighting:
    sent = _moment(seen.sent)
    return Sighting(
        station,
        getattr(seen.event.data, "office", None) or "" if seen.event else "",
        seen.event.time if seen.event else None,
        frozenset(seen.sequences),
        _count(seen.unsent),
        sent or _moment(seen.late),
        sent is None,
    )


def _number_in(body: bytes) -> Iterator[int]:
    """Yield the running number of an event that was refused, where it can be read: it did arrive. A NIK is none."""
    try:
        wire = json.loads(body)
    except (ValueError, RecursionError):
        return
    said = wire.get("sequence") if isinstance(wire, dict) else None
    if isinstance(said, str) and len(said) <= _DIGITS and said.isascii() and said.isdigit() and not holds_nik(said):
        yield int(said)


def _moment(said: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None
    # Of another century it is no clock, and would not fit what it is kept in.
    return moment if moment is not None and moment.tzinfo and 2000 <= moment.year <= 2100 else None


def _count(said: object) -> int | None:
    if isinstance(said, str) and len(said) <= _DIGITS and said.isascii() and said.isdigit():
        said = int(said)
    if isinstance(said, int) and not isinstance(said, bool) and said >= 0:
        return min(said, _MOST_UNSENT)
    return None
