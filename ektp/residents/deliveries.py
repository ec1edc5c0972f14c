"""The messages of one store as they are delivered: written out for a gateway, and what came of it kept."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timezone
from typing import Final, NamedTuple
from uuid import UUID

import psycopg
from sqlalchemy import Engine

from ektp.letters.names import office_name
from ektp.residents.contacts import BOUNCED, Contact, contact_of, why_not
from ektp.residents.texts import Texts
from ektp.storage.engine import transaction
from ektp.storage.messages.plans import PostgresMessagePlans
from ektp.storage.secrets.vault import Vault
from schemas.resident import RESIDENT
from schemas.zones import offset_of
from workflows.message_texts import Facts, written
from workflows.messages import (
    OVER,
    USUAL,
    Answer,
    Delivery,
    Interrupted,
    Manner,
    MessageState,
    Wait,
    again,
    held_until,
    slot,
)
from workflows.office_hours import Hours

_TAKE: Final = """
select m.id, m.application, fact, notice, m.office, m.state, m.channel, planned, slot, tries, a.resi, ektp_now(),
    m.notice = 'outage-declared' and exists (select from outages where declared = m.fact and ends <= ektp_now()),
    (select body from outbox where outbox.id = m.fact)
from messages m join applications a on a.id = m.application where m.id = %s for update of m
"""
# An application's notices are told in their order: the next waits until the one before it has ended, or its turn comes.
_BEFORE: Final = """
select max(greatest(due, ektp_now())) from messages m join steps on key = 'message/' || m.id::text
where m.application = %s and sequence < (select sequence from messages where id = %s)
and m.state in ('planned', 'sending')
"""
_END: Final = """
update messages set state = %s, because = %s, channel = coalesce(%s, channel), contact = coalesce(%s, contact),
    held_until = null, ended = ektp_now() where id = %s
"""
_HOLD: Final = "update messages set held_until = %s, slot = null where id = %s"
_FREE: Final = """
insert into message_gateways (channel) values (%s) on conflict (channel) do update set channel = excluded.channel
returning free
"""
_RESERVE: Final = "update message_gateways set free = %s where channel = %s"
_SLOT: Final = "update messages set slot = %s, channel = %s, held_until = null where id = %s"
_SENDING: Final = """
update messages set state = 'sending', channel = %s, language = %s, contact = %s, held_until = null where id = %s
"""
# Who was overtaken, and hears that it was taken after all, says so; nothing else is said over.
_TAKEN: Final = """
update messages set state = 'sent', because = null, sent = ektp_now(), ended = ektp_now()
where id = %s and state in ('sending', 'unknown')
"""
_UNKNOWN: Final = """
update messages set state = 'unknown', because = %s, ended = ektp_now() where id = %s and state = 'sending'
"""
_REFUSED: Final = """
update messages set state = 'planned', because = %s, tries = tries + 1, slot = null
where id = %s and state = 'sending' returning tries, ektp_now()
"""


class _Row(NamedTuple):
    id: UUID
    application: UUID
    fact: UUID
    notice: str
    office: str
    state: str
    channel: str | None
    planned: datetime
    slot: datetime | None
    tries: int
    resi: str
    now: datetime
    is_over: bool
    body: str | None

    @property
    def day(self) -> date:
        """The day of the plan, by which a file of the sink is called."""
        return self.planned.astimezone(UTC).date()


@dataclass(frozen=True, slots=True)
class Desk:
    """By what messages are written: the offices' manner and hours, the texts, where residents look, the gateways' pace.

    `vault` is asked for when a contact is opened. `a_minute` has the channels that are not written to files.
    """

    manner: Callable[[str], Manner]
    week: Callable[[str], tuple[Hours | None, ...]]
    texts: Texts
    page: str
    vault: Callable[[], Vault]
    a_minute: Mapping[str, int]


class PostgresMessages:
    """Messages of the workflow's ports (`Messages`), on one store."""

    def __init__(self, engine: Engine, plans: PostgresMessagePlans, desk: Desk) -> None:
        self._engine = engine
        self._plans = plans
        self._desk = desk

    def plan(self) -> int:
        """Write what is to be told; return how many. Raises StoreAway."""
        return self._plans.plan()

    def begin(self, id: UUID, *, anew: bool = False) -> Delivery | Wait | Interrupted | None:  # noqa: A002
        """Return what is to be given to a gateway now, having kept that it will be; None when nothing is.

        *anew*: the gateway said that it has it not. Raises StoreAway.
        """
        with transaction(self._engine) as connection:
            found = connection.execute(_TAKE, [id]).fetchone()
            row = _Row(*found) if found else None
            if row is None or row.state not in (MessageState.PLANNED, MessageState.SENDING):
                return None
            if row.state == MessageState.SENDING and not anew:
                return Interrupted(row.id, row.channel or "", row.day)
            return self._begun(connection, row)

    def settle(self, id: UUID, answer: Answer, because: str | None = None) -> datetime | None:  # noqa: A002
        """Keep what a gateway answered; return when it is to be tried again. Raises StoreAway."""
        with transaction(self._engine) as connection:
            if answer is Answer.TAKEN:
                connection.execute(_TAKEN, [id])
                return None
            if answer is Answer.UNKNOWN:
                connection.execute(_UNKNOWN, [because, id])
                return None
            row = connection.execute(_REFUSED, [because, id]).fetchone()
            if row is None:
                return None
            if (at := again(*row)) is None:
                _end(connection, id, MessageState.GIVEN_UP, because)
            return at

    def _begun(self, connection: psycopg.Connection, row: _Row) -> Delivery | Wait | None:
        before = connection.execute(_BEFORE, [row.application, row.id]).fetchone()
        if before and before[0] is not None:
            return Wait(before[0])
        if row.is_over:
            _end(connection, row.id, MessageState.STOPPED, OVER)
            return None
        contact = contact_of(connection, self._desk.vault(), row.application)
        if contact is None:
            _end(connection, row.id, MessageState.NOBODY, None)
            return None
        if why := why_not(connection, row.application, contact):
            state = MessageState.BOUNCED if why == BOUNCED else MessageState.STOPPED
            _end(connection, row.id, state, why, contact)
            return None
        manner = self._desk.manner(row.office)
        if until := held_until(manner.quiet, row.office, row.now):
            connection.execute(_HOLD, [until, row.id])
            return Wait(until)
        if (at := self._slot(connection, row, contact.channel)) > row.now:
            return Wait(at)
        languages = self._desk.texts.languages
        language = next(one for one in (contact.language, manner.language, USUAL) if one in languages)
        connection.execute(_SENDING, [contact.channel, language, contact.digest, row.id])
        return self._written(row, contact, language)

    def _slot(self, connection: psycopg.Connection, row: _Row, channel: str) -> datetime:
        """Return the message's turn at its gateway, which is its own from now on."""
        pace = self._desk.a_minute.get(channel)
        if pace is None:
            return row.now
        if row.slot is not None:
            return row.slot
        free = connection.execute(_FREE, [channel]).fetchone()
        taken, then = slot(free[0] if free else None, row.now, pace)
        connection.execute(_RESERVE, [then, channel])
        connection.execute(_SLOT, [taken, channel, row.id])
        return taken

    def _written(self, row: _Row, contact: Contact, language: str) -> Delivery:
        data = json.loads(row.body)["data"] if row.body else {}
        facts = Facts(
            row.resi, office_name(row.office), self._desk.week(row.office), self._desk.page,
            _day(data.get("due"), row.office), _day(data.get("valid_until"), row.office),
            RESIDENT.get(row.notice, {}).get("bring", ()), _there(data.get("when"), row.office),
            data.get("where") or "",
        )  # fmt: skip
        words = written(self._desk.texts.of(language, row.office), row.notice, contact.channel, facts)
        return Delivery(
            row.id, row.fact, row.notice, row.office, contact.channel, language, contact.address,
            contact.digest.hex()[:16], words.subject, words.text, row.day, row.now,
        )  # fmt: skip


def _end(
    connection: psycopg.Connection,
    message: UUID,
    state: MessageState,
    because: str | None,
    contact: Contact | None = None,
) -> None:
    channel, digest = (contact.channel, contact.digest) if contact else (None, None)
    connection.execute(_END, [state.value, because, channel, digest, message])


def _day(moment: str | None, office: str) -> date | None:
    there = _there(moment, office)
    return there.date() if there else None


def _there(moment: str | None, office: str) -> datetime | None:
    """Return a moment by the clock of an office; a day alone begins at midnight."""
    if moment is None:
        return None
    zone, read = timezone(offset_of(office)), datetime.fromisoformat(moment)
    return read.replace(tzinfo=zone) if read.tzinfo is None else read.astimezone(zone)
