"""Who is told of which alert, when: one message of a kind to each receiver at most, none at night, none when muted."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta, timezone
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID, uuid5

from schemas.zones import offset_of
from workflows.alert import Language, Severity
from workflows.alert_rules import ALERT_RULES

# Derived ids must never change: by them a message is known, whoever plans it again.
_MESSAGES: Final = UUID("5b0d6f0e-9d0e-4a62-8a7a-3f6f7b1f5c16")


class What(StrEnum):
    """What a message says of an alert."""

    OPENED = "opened"
    AGAIN = "again"  #: It is still open.
    RESOLVED = "resolved"


class Quiet(NamedTuple):
    """The hours in which nothing is told, by the clock of the alert's office; they may go over midnight."""

    begins: time
    ends: time

    def holds(self, clock: time) -> bool:
        """Tell whether they go on at this time."""
        if self.begins <= self.ends:
            return self.begins <= clock < self.ends
        return clock >= self.begins or clock < self.ends


class Receiver(NamedTuple):
    """Somebody who wants to be told: of which rules and offices (empty: all), and how bad it has to be at least.

    In quiet hours only what is as bad as `wake_for` is told (None: nothing). `again_after` is after how long something
    that is still open is told again; None: never.
    """

    name: str
    rules: frozenset[str] = frozenset()
    least: Severity = Severity.WARNING
    offices: tuple[str, ...] = ()
    language: Language = "id"
    quiet: Quiet | None = None
    wake_for: Severity | None = Severity.CRITICAL
    again_after: timedelta | None = None


class Alert(NamedTuple):
    """An alert as those who plan messages see it."""

    id: UUID
    rule: str
    about: str
    office: str
    resolved: bool
    muted: bool


class Told(NamedTuple):
    """A message there is: planned at `at`, or sent then; a dropped one was over before it could be told."""

    what: What
    number: int
    at: datetime
    sent: bool
    dropped: bool = False


class Message(NamedTuple):
    """A message to be written: of an alert to a receiver; `number` counts those of one kind."""

    alert: UUID
    receiver: str
    what: What
    number: int = 1

    @property
    def id(self) -> UUID:
        """The same for the same message."""
        return uuid5(_MESSAGES, f"{self.alert} {self.receiver} {self.what} {self.number}")


def severity_of(rule: str) -> Severity:
    """Return how bad it is; a rule of another release is a warning."""
    return ALERT_RULES[rule].severity if rule in ALERT_RULES else Severity.WARNING


def messages(
    receivers: Sequence[Receiver],
    alerts: Sequence[Alert],
    told: Mapping[tuple[UUID, str], Sequence[Told]],
    now: datetime,
) -> Iterator[Message]:
    """Yield what is to be told now; *told* are the messages there are, by alert and receiver."""
    for receiver in receivers:
        for alert in alerts:
            if concerns(alert, receiver) and not is_quiet(alert, receiver, now):
                known = told.get((alert.id, receiver.name), ())
                if (next_ := _next(alert, receiver, known, now)) is not None:
                    yield next_


def concerns(alert: Alert, receiver: Receiver) -> bool:
    """Tell whether a receiver wants to be told; what is of no office is for those who asked for all offices."""
    if severity_of(alert.rule).rank < receiver.least.rank or (receiver.rules and alert.rule not in receiver.rules):
        return False
    return not receiver.offices or any(
        alert.office == office or alert.office.startswith(f"{office}.") for office in receiver.offices
    )


def is_quiet(alert: Alert, receiver: Receiver, now: datetime) -> bool:
    """Tell whether the receiver's quiet hours hold this alert back."""
    if receiver.quiet is None or (
        receiver.wake_for is not None and severity_of(alert.rule).rank >= receiver.wake_for.rank
    ):
        return False
    zone = timezone(offset_of(alert.office or next(iter(receiver.offices), "")))
    return receiver.quiet.holds(now.astimezone(zone).time())


def _next(alert: Alert, receiver: Receiver, known: Sequence[Told], now: datetime) -> Message | None:
    opened = any(one.what is What.OPENED for one in known)
    if alert.resolved:
        # Also when muted: it is the end of what was told, and good news.
        heard = any(one.sent and one.what is not What.RESOLVED for one in known)
        over = any(one.what is What.RESOLVED for one in known)
        return Message(alert.id, receiver.name, What.RESOLVED) if heard and not over else None
    if alert.muted:
        return None
    if not opened:
        return Message(alert.id, receiver.name, What.OPENED)
    last = max(one.at for one in known)
    settled = all(one.sent or one.dropped for one in known)
    if receiver.again_after is not None and settled and now - last >= receiver.again_after:
        number = 1 + sum(one.what is What.AGAIN for one in known)
        return Message(alert.id, receiver.name, What.AGAIN, number)
    return None
