"""Who may say what: the front door where every account is known and nobody speaks for another.

The broker's own permissions keep no station from another's key (docs/decisions/0011-identity-by-user-id.md), so nothing
but the user id counts that the broker has checked against the connection.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from consumers.entry import ABOUT_OTHERS
from consumers.front_door import Trusting, station_of, submission_from
from schemas.places import is_office
from schemas.refusals import forbidden
from schemas.roles import SAYS, covers
from schemas.submission import Submission
from schemas.values import is_station
from schemas.violations import Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from consumers.ports import Message
    from consumers.registry import Registry, Station
    from schemas.events import AnyEvent

_FRESH: Final = 1.0  # seconds for which the accounts are not read again: add and revoke count after that at the latest
_SOON: Final = 0.05  # seconds between two looks for an account that is not known
#: What makes RabbitMQ deliver one message under other keys than its own; it takes BCC out itself.
_COPIES: Final = ("CC", "BCC")


class Admission:
    """A FrontDoor that asks of each message whether the account that sent it may say this.

    `required` is None where that depends on whether there is any account; until the first one everybody is trusted.
    One for each thread.
    """

    def __init__(
        self, registry: Registry, *, required: bool | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._roster = Roster(registry, clock)
        self._required = required
        self._trusting = Trusting()

    def read(self, messages: Sequence[Message]) -> Sequence[Submission]:
        """Return one submission for each message, understood or refused. Raises StoreAway."""
        if self._trusts():
            return self._trusting.read(messages)
        stations = self._roster.stations()
        return [self._admit(message, stations) for message in messages]

    def sender_of(self, message: Message) -> str:
        """Return the station that the broker has checked, "" where it has not, or where it is none.

        Nobody is told that an event of his was parked which he has not sent.
        """
        if self._trusts():
            return self._trusting.sender_of(message)
        return message.user_id if message.user_id and is_station(message.user_id) else ""

    def _trusts(self) -> bool:
        return self._required is False or not (self._roster.stations() or self._required)

    def _admit(self, message: Message, stations: Mapping[str, Station]) -> Submission:
        user = message.user_id or ""
        station = stations.get(user) or (self._roster.find(user) if user else None)
        # What was not sent by a station has no sender: nobody is told that an event of his was parked.
        submission = submission_from(message, user if station is not None or is_station(user) else "")
        if station is None:
            return _refused(submission, Violation.UNKNOWN_ACCOUNT if user else Violation.USER_ID_MISSING)
        if station.revoked:
            return _refused(submission, Violation.REVOKED)
        if not message.headers.keys().isdisjoint(_COPIES):
            return _refused(submission, Violation.COPIED)
        # A key that names no station at all is parked as such.
        if station_of(message.routing_key) not in {"", station.name}:
            return _refused(submission, Violation.KEY_OF_ANOTHER)
        return judged(submission, station)


class Roster:
    """The accounts as they were a second ago at the most; one that is not among them is looked for at once."""

    def __init__(self, registry: Registry, clock: Callable[[], float] = time.monotonic) -> None:
        self._registry = registry
        self._clock = clock
        self._stations: Mapping[str, Station] = {}
        self._read_at: float | None = None

    def stations(self) -> Mapping[str, Station]:
        """Return every account there ever was, by name. Raises StoreAway."""
        return self._within(_FRESH)

    def find(self, name: str) -> Station | None:
        """Return the account of that name, None where there never was one. Raises StoreAway."""
        return self._within(_FRESH).get(name) or self._within(_SOON).get(name)

    def _within(self, seconds: float) -> Mapping[str, Station]:
        now = self._clock()
        if self._read_at is None or now - self._read_at >= seconds:
            self._stations, self._read_at = self._registry.stations(), now
        return self._stations


def judged(submission: Submission, station: Station) -> Submission:
    """Return the submission as that account's, or refused where its role, office or name do not allow it.

    At whatever door: what was not understood stays so, what is accepted gets the account's office as its scope.
    """
    if (event := submission.event) is None:
        return submission
    if (violation := _violation(event, station)) is not None:
        return _refused(submission, violation)
    if not station.office:
        return submission
    # Written out: every event passes here, and dataclasses.replace takes its time.
    one = submission
    return Submission(one.door, one.sender, one.body, event, None, one.repairs, station.office)


def _violation(event: AnyEvent, station: Station) -> Violation | None:
    if event.source != f"/stations/{station.name}":
        return Violation.SOURCE_OF_ANOTHER
    if event.name not in SAYS[station.role]:
        return Violation.EVENT_NOT_OF_ROLE
    if event.name == "station-day-closed":
        return None if event.subject == station.name else Violation.STATION_OF_ANOTHER
    # With whom an office trades (`from`, `to`) is its own affair.
    named = getattr(event.data, "office", None)
    if named is not None and not covers(station.office, named):
        return Violation.OFFICE_OF_ANOTHER
    if event.name in ABOUT_OTHERS and is_office(event.subject) and not covers(station.office, event.subject):
        return Violation.OFFICE_OF_ANOTHER
    return None


def _refused(submission: Submission, violation: Violation) -> Submission:
    """Return the submission with its refusal, which says of the event what could be read."""
    event, known = submission.event, submission.refusal
    if event is not None:
        told = forbidden(violation, event_id=str(event.id), subject=event.subject, office=event.public().get("office"))
    elif known is not None:
        told = forbidden(violation, event_id=known.event_id, subject=known.subject, office=known.office)
    else:
        told = forbidden(violation)
    return replace(submission, event=None, refusal=told)
