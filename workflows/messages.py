"""Messages to residents: what is told, until when, when not, and what can become of a message. One for a fact, ever."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID, uuid5

from schemas.resident import RESIDENT
from schemas.zones import offset_of
from workflows.telling import Quiet
from workflows.timekeeping import Calendar

# Derived ids must never change: by them a message is known, whoever plans it again.
_MESSAGES: Final = UUID("c2a4c0b6-6f3d-4f4e-9d0b-0d5a7a0c7e24")
DECLARED: Final = "outage-declared"
ENDED: Final = "outage-ended"
#: What residents can be told: every notice that has words for them, and what stops everybody.
TOLD: Final = (*RESIDENT, DECLARED, ENDED)
USUAL: Final = "id"  #: The language of whoever said no other, at an office that set none.
#: A gateway that refuses is tried again after so long, twice as long each time, up to the cap: two days in all.
_PAUSE: Final = timedelta(seconds=5)
_CAP: Final = timedelta(minutes=10)
_MOST: Final = 290


class MessageState(StrEnum):
    """Where a message stands. It ends in one of the last six, of which `unknown` may still become `sent`."""

    PLANNED = "planned"
    SENDING = "sending"  #: Kept before the gateway is called: who finds it so after a crash asks the gateway.
    SENT = "sent"
    UNKNOWN = "unknown"  #: The gateway may have it, and cannot be asked. Never sent again.
    GIVEN_UP = "given-up"
    NOBODY = "nobody"  #: No contact is known.
    BOUNCED = "bounced"
    STOPPED = "stopped"  #: The resident wants none, or what it tells is over.


OPEN: Final = (MessageState.PLANNED, MessageState.SENDING)
#: An office tells these people by hand.
BY_HAND: Final = (MessageState.NOBODY, MessageState.STOPPED, MessageState.BOUNCED, MessageState.GIVEN_UP)
OVER: Final = "over"  #: Why a message is stopped: what it tells was over before it could be told.


class Answer(StrEnum):
    """What is known of a message after a gateway was given it."""

    TAKEN = "taken"
    REFUSED = "refused"  #: For certain: it may be given again.
    UNKNOWN = "unknown"


class Manner(NamedTuple):
    """How an office tells its residents; `tell` are the notices that are told, `within` its working days for it."""

    tell: frozenset[str] = frozenset(TOLD)
    language: str = USUAL
    quiet: Quiet | None = None
    within: int = 1


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as a gateway is given it; the address is a secret and in no log. `day` is that of the plan."""

    id: UUID
    fact: UUID
    notice: str
    office: str
    channel: str
    language: str
    address: str = field(repr=False)
    contact: str = field(repr=False)  #: A keyed digest of the address.
    subject: str
    text: str
    day: date
    now: datetime


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now: quiet hours, or a gateway's turn."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Somebody was about to give it to a gateway and ended: the gateway is asked whether it has it."""

    id: UUID
    channel: str
    day: date


def message_id(application: UUID, fact: UUID) -> UUID:
    """Return the id of the one message that tells an application's resident of a fact."""
    return uuid5(_MESSAGES, f"{application} {fact}")


def deadline(calendar: Calendar, at: datetime, within: int) -> datetime:
    """Return until when what happened *at* should be told: when the office closes, so many working days later."""
    return calendar.closing_without(at, within, at, ())


def held_until(quiet: Quiet | None, office: str, now: datetime) -> datetime | None:
    """Return when the quiet hours of an office end, by its own clock, None outside them."""
    if quiet is None:
        return None
    there = now.astimezone(timezone(offset_of(office)))
    if not quiet.holds(there.time()):
        return None
    day = there.date() + timedelta(days=there.time() >= quiet.ends)
    return datetime.combine(day, quiet.ends, there.tzinfo)


def slot(free: datetime | None, now: datetime, a_minute: int) -> tuple[datetime, datetime]:
    """Return the slot of a message at a gateway whose next one is *free* then, and which is free after it."""
    taken = now if free is None else max(free, now)
    return taken, taken + timedelta(minutes=1) / a_minute


def again(tries: int, now: datetime) -> datetime | None:
    """Return when a message that was refused so often is given again, None when that was often enough."""
    return None if tries >= _MOST else now + min(_PAUSE * 2.0 ** min(tries - 1, 10), _CAP)
