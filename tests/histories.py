"""Histories of made-up applications: events as a station would send them, and the orders they may arrive in."""

import json
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final
from uuid import UUID, uuid4

from schemas.submission import Door, Submission, read_line

NOON: Final = datetime(2026, 2, 12, 12, 0, tzinfo=UTC)
OFFICE: Final = "33.74.10"
_numbers: Final = count(1)


def invented_nik(number: int | None = None) -> str:
    """Return a NIK of nobody: its birth dates are spread over 1940, its serials begin with 9."""
    number = next(_numbers) if number is None else number
    day = datetime(1940, 1, 1, tzinfo=UTC) + timedelta(days=number // 1000 % 366)
    return f"{337401 + number // 366_000:06d}{day:%d%m}40{9000 + number % 1000:04d}"


def said(
    application: UUID | str, name: str, *, station: str = "st337401", at: datetime | None = None, **data: Any
) -> Submission:
    """Return the submission of one good event with a fresh id."""
    submission = read_line(
        json.dumps(event(application, name, station=station, at=at, **data)).encode(), door=Door.AMQP, sender=station
    )
    assert submission.refusal is None, submission.refusal
    return submission


def event(
    application: UUID | str, name: str, *, station: str = "st337401", at: datetime | None = None, **data: Any
) -> dict[str, Any]:
    """Return one event as the JSON object of a structured CloudEvent; it happens now, if not said otherwise."""
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": f"/stations/{station}",
        "type": f"id.ektp.{name}.v1",
        "subject": str(application),
        "time": (at or datetime.now(UTC)).isoformat(),
        "datacontenttype": "application/json",
        "data": {key.rstrip("_"): value for key, value in data.items()},
    }


class History:
    """One application told step by step: `history.recorded().verified().events`."""

    def __init__(self, number: int | None = None) -> None:
        self.application = uuid4()
        self.number = next(_numbers) if number is None else number
        self.nik = invented_nik(self.number)
        self.events: list[dict[str, Any]] = []

    def tell(self, name: str, *, station: str = "st337401", **data: Any) -> "History":
        """Add one event."""
        self.events.append(event(self.application, name, station=station, **data))
        return self

    def recorded(self, attempt: int = 1) -> "History":
        """Add the recording of an attempt."""
        return self.tell(
            "recorded",
            nik=self.nik,
            office=OFFICE,
            attempt=attempt,
            channel="kecamatan",
            reason="first",
            enrolment=f"E-337401-{self.number}-{attempt}",
        )

    def failed(self, status: str, attempt: int = 1, try_: int = 1) -> "History":
        """Add a failure at the centre."""
        return self.tell("verification-failed", station="centre", attempt=attempt, status=status, try_=try_)

    def verified(self, attempt: int = 1) -> "History":
        """Add the centre's word that the record may be printed."""
        return self.tell("data-verified", station="centre", attempt=attempt)

    def deleted(self, attempt: int = 1) -> "History":
        """Add the centre's word that the record is deleted."""
        return self.tell("central-record-deleted", station="centre", attempt=attempt, reference=f"DEL-{self.number}")

    def allocated(self, turn: int = 1) -> "History":
        """Add the allocation of a turn's blanko."""
        return self.tell("blanko-allocated", station="warehouse", blanko=self.blanko(turn), office="33.74", turn=turn)

    def printed(self, turn: int = 1) -> "History":
        """Add the print of a turn."""
        return self.tell("printed", station="printer1", blanko=self.blanko(turn), printer="printer1", turn=turn)

    def collected(self, turn: int = 1) -> "History":
        """Add the hand-over of a turn's card."""
        return self.tell("collected", station="counter1", blanko=self.blanko(turn), by="self", turn=turn)

    def blanko(self, turn: int = 1) -> str:
        """Return the serial of a turn."""
        return f"BL{self.number:08d}{turn:02d}"

    def submissions(self) -> list[Submission]:
        """Return the events in the order they were told."""
        return [submission_of(told) for told in self.events]


def submission_of(told: dict[str, Any]) -> Submission:
    """Read one event back as the AMQP door would."""
    station = told["source"].rpartition("/")[2]
    submission = read_line(json.dumps(told).encode(), door=Door.AMQP, sender=station)
    assert submission.refusal is None, submission.refusal
    return submission


def happy(number: int | None = None) -> History:
    """Return the five events of a card without trouble."""
    return History(number).recorded().verified().allocated().printed().collected()


def recorded_again(number: int | None = None) -> History:
    """Return the eight events of a card whose first recording failed at the centre."""
    return (
        History(number)
        .recorded()
        .failed("ENROLL_FAILURE_AT_CENTRAL")
        .deleted()
        .recorded(2)
        .verified(2)
        .allocated()
        .printed()
        .collected()
    )


def shuffled(events: Sequence[Submission], seed: int, *, doubled: float = 0.3) -> Iterator[Submission]:
    """Yield the events in a random order, some of them twice; the same seed gives the same order."""
    chance = random.Random(seed)
    again = [one for one in events if chance.random() < doubled]
    order = [*events, *again]
    chance.shuffle(order)
    yield from order
