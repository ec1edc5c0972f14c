"""Contacts: opened for one delivery and nowhere else, and what was said about not using one."""

import json
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg
from sqlalchemy import Connection, Engine, text

from consumers.acts import Act
from ektp.storage.engine import transaction
from ektp.storage.people.audit import Chain
from ektp.storage.secrets.vault import Vault

#: Why a contact is not used: its owner said so, or what is sent there comes back.
ASKED: Final = "asked"
BOUNCED: Final = "bounced"
# Of several recordings the latest word counts.
_RECORDINGS: Final = """
select p.id, p.sealed from persons p left join history h on h.id = p.id
where p.application = %s order by h.version desc nulls first
"""
# The same address of another application is the same person's telephone: it holds for that too.
_WHY: Final = """
select why from message_stops where ended is null and (contact = %(contact)s or (application = %(application)s
    and why = 'asked')) order by why limit 1
"""
_STOP: Final = """
insert into message_stops (application, contact, why, by)
select %(application)s, (select contact from messages where application = %(application)s and contact is not null
    order by planned desc limit 1), 'asked', %(by)s
where not exists (select from message_stops where application = %(application)s and why = 'asked' and ended is null)
"""
_LEARN: Final = """
update message_stops set contact = %s where application = %s and contact is null and ended is null
"""
_RESUME: Final = """
update message_stops set ended = ektp_now(), ended_by = %(by)s where ended is null and (application = %(application)s
    or contact in (select contact from messages where application = %(application)s and contact is not null))
"""
_BOUNCED: Final = """
update messages set state = 'bounced', because = %s where id = %s and state in ('sent', 'unknown')
returning application, contact
"""
_NO_MORE: Final = "insert into message_stops (application, contact, why, by) values (%s, %s, 'bounced', %s)"
_STOPPED: Final = text("""
select exists (select from message_stops where ended is null and why = 'asked' and (application = :application
    or contact in (select contact from messages where application = :application and contact is not null)))
""")


class Contact(NamedTuple):
    """Where somebody can be told, over what, and in which language they asked to be."""

    channel: str
    address: str
    language: str | None
    digest: bytes

    def __repr__(self) -> str:
        return f"Contact({self.channel})"


def contact_of(connection: psycopg.Connection, vault: Vault, application: UUID) -> Contact | None:
    """Return the contact of the latest recording that has one."""
    for id_, sealed in connection.execute(_RECORDINGS, [application]):
        given: dict[str, Any] | None = json.loads(vault.open(bytes(sealed), id_.bytes)).get("contact")
        if given:
            channel, address = given["kind"], given["address"].strip()
            return Contact(channel, address, given.get("language"), vault.digest(_plain(channel, address)))
    return None


def why_not(connection: psycopg.Connection, application: UUID, contact: Contact) -> str | None:
    """Return why this contact is not used, ASKED or BOUNCED, None where it is."""
    connection.execute(_LEARN, [contact.digest, application])
    row = connection.execute(_WHY, {"application": application, "contact": contact.digest}).fetchone()
    return row[0] if row else None


def stop(engine: Engine, application: UUID, by: str, chain: Chain | None = None) -> None:
    """Send no more messages about an application, nor to the contact they went to. Raises StoreAway.

    With a *chain* it is noted in the audit, in the same transaction.
    """
    _said(engine, _STOP, Act(by, "messages-stopped", str(application)), chain)


def resume(engine: Engine, application: UUID, by: str, chain: Chain | None = None) -> None:
    """Send them again, also where they came back before. Raises as `stop`."""
    _said(engine, _RESUME, Act(by, "messages-resumed", str(application)), chain)


def bounce(engine: Engine, message: UUID, by: str, because: str, chain: Chain | None = None) -> bool:
    """Keep that a message came back, and use its contact no more; tell whether it was one that had left.

    Raises as `stop`.
    """
    with transaction(engine) as connection:
        row = connection.execute(_BOUNCED, [because, message]).fetchone()
        if row is not None:
            connection.execute(_NO_MORE, [*row, by])
            if chain is not None:
                chain.append(connection, Act(by, "message-bounced", str(message), {"because": because}))
    return row is not None


def stopped(connection: Connection, application: UUID) -> bool:
    """Tell whether a resident wants no messages about an application."""
    return bool(connection.scalar(_STOPPED, {"application": application}))


def _said(engine: Engine, statement: str, act: Act, chain: Chain | None) -> None:
    with transaction(engine) as connection:
        changed = connection.execute(statement, {"application": UUID(act.about), "by": act.actor}).rowcount
        if changed and chain is not None:
            chain.append(connection, act)


def _plain(channel: str, address: str) -> bytes:
    """Return an address as it is compared: however a number is written, and over whatever it is reached."""
    if channel == "email":
        return f"contact:email:{address.lower()}".encode()
    digits = "".join(sign for sign in address if sign.isdigit())
    return f"contact:phone:{'62' + digits[1:] if digits.startswith('0') else digits}".encode()
