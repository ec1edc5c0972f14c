"""One submission made ready for the journal: its digest, its meaning, and the person taken out of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID, uuid5

from schemas.cloudevents import write_structured
from schemas.moments import write_moment
from schemas.submission import Door, Refusal, Submission
from workflows.facts import Fact, fact_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from consumers.ports import Vault
    from schemas.reasons import Reason

# Derived ids must never change: every parked message and every notice carries one.
PARKED_IDS: Final = UUID("5f0c1b52-6a3e-4c61-9a0e-3f1f0e5b7a01")
# Events whose subject is not an application: they are facts about an office, a station or a stock.
ABOUT_OTHERS: Final = frozenset(
    {
        "blanko-received",
        "blanko-moved",
        "supplies-received",
        "supplies-moved",
        "supply-loaded",
        "station-day-closed",
        "outage-declared",
        "outage-ended",
        "visit-requested",
        "visit-planned",
        "visit-held",
        "visit-cancelled",
    }
)


class Entry(NamedTuple):
    """An accepted event without its person; `submission` is None for one that comes back out of the store.

    `said` is its data as JSON text, `scope` the region of whose applications the sender may speak.
    """

    id: UUID
    name: str
    type: str
    subject: str
    application: UUID | None
    time: datetime
    said: str
    digest: bytes
    fact: Fact
    door: Door
    station: str
    source: str
    nik_key: bytes | None = None
    submission: Submission | None = None
    repairs: UUID | None = None
    scope: str = ""

    @property
    def data(self) -> Mapping[str, Any]:
        """Read what it says."""
        data: dict[str, Any] = json.loads(self.said)
        return data


def entry_of(submission: Submission, vault: Vault) -> Entry:
    """Return the entry of an accepted *submission*."""
    event = submission.event
    assert event is not None  # refusals never become entries
    marks = event.marks()
    canonical, said = event.written(marks)
    nik = event.nik
    about_application = event.name not in ABOUT_OTHERS
    station = submission.sender or event.source.rpartition("/")[2]
    return Entry(
        id=event.id,
        name=event.name,
        type=event.type,
        subject=event.subject,
        application=UUID(event.subject) if about_application else None,
        time=event.time,
        said=said,
        digest=vault.digest(canonical),
        fact=fact_of(event.id, event.name, {**vars(event.data), **marks} if marks else vars(event.data), station),
        door=submission.door,
        station=station,
        source=event.source,
        nik_key=vault.key_of(nik) if nik else None,
        submission=submission,
        repairs=submission.repairs,
        scope=submission.scope,
    )


def retold(entry: Entry, reason: Reason, detail: str) -> Submission:
    """Return an entry that comes back out of the store as a submission to be parked; only for one without a person."""
    attributes = {"id": str(entry.id), "source": entry.source, "type": entry.type, "subject": entry.subject}
    body = write_structured({**attributes, "time": write_moment(entry.time)}, entry.data)
    refusal = Refusal(reason, detail, event_id=str(entry.id), subject=entry.subject)
    return Submission(entry.door, entry.station, body, None, refusal)


def submission_id(submission: Submission) -> str | None:
    """Return the event's id, also of a refused one where it could be read."""
    if submission.event is not None:
        return str(submission.event.id)
    return submission.refusal.event_id if submission.refusal else None


def parked_id(submission: Submission, digest: bytes) -> UUID:
    """Return the id under which *submission* is parked: the same for each redelivery from the same sender."""
    return uuid5(PARKED_IDS, f"{submission.sender}|{submission_id(submission) or ''}|{digest.hex()}")
