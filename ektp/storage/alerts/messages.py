"""The letters about alerts in PostgreSQL: planned with the step that delivers them, each message once."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg
from sqlalchemy import Engine

from ektp.reading.moments import written as moment_text
from ektp.storage.alerts.mutes import MUTED
from ektp.storage.engine import transaction
from workflows.alert_letters import Item, Note, written
from workflows.telling import Alert, Message, Receiver, Told, What, is_quiet, messages

# Who plans at the same time waits, and finds everything planned.
_ALONE: Final = "select pg_advisory_xact_lock(6, 3), ektp_now()"
_ALERTS: Final = f"""
select id, rule, about, office, resolved is not null, {MUTED} from alerts
where resolved is null or (resolved > ektp_now() - interval '7 days' and exists (
    select from alert_messages where alert = alerts.id and sent is not null))
order by opened, id
"""  # noqa: S608 - a constant of ours
_TOLD: Final = """
select alert, receiver, what, number, coalesce(sent, dropped, planned), sent is not null, dropped is not null
from alert_messages where alert = any(%s) order by alert, receiver
"""
_WRITE: Final = """
insert into alert_messages (id, alert, receiver, what, number, letter, planned)
values (%s, %s, %s, %s, %s, %s, %s) on conflict do nothing
"""
# A step of housekeeping: it runs by the real clock.
_STEP: Final = """
insert into steps (kind, key, data, due, created)
values ('tell', 'letter/' || %(letter)s::text, json_build_object('letter', %(letter)s::text), now(), now())
"""
_LETTER: Final = f"""
select m.id, m.receiver, m.what, alerts.id, rule, about, office, resolved is not null, {MUTED}, detail, opened,
    ektp_now()
from alert_messages m join alerts on alerts.id = m.alert
where m.letter = %s and m.sent is null and m.dropped is null order by opened, alerts.id
"""  # noqa: S608 - a constant of ours
_DROP: Final = "update alert_messages set dropped = ektp_now() where id = any(%s)"
_TAKE_BACK: Final = "delete from alert_messages where id = any(%s)"
_SENT: Final = "update alert_messages set sent = ektp_now() where letter = %s and sent is null and dropped is null"


class PostgresTelling:
    """The alerts of one store, and who wants to be told of them."""

    def __init__(self, engine: Engine, receivers: Sequence[Receiver]) -> None:
        self._engine = engine
        self._receivers = receivers

    def plan(self) -> int:
        """Write one letter to each receiver for whom something is new; return how many. Raises StoreAway."""
        if not self._receivers:
            return 0
        with transaction(self._engine) as connection:
            row = connection.execute(_ALONE).fetchone()
            assert row is not None
            now: datetime = row[1]
            alerts = [Alert(*one) for one in connection.execute(_ALERTS)]
            told = _told(connection, [one.id for one in alerts])
            new = list(messages(self._receivers, alerts, told, now))
            letters = [list(ones) for _, ones in groupby(new, key=lambda one: one.receiver)]
            for ones in letters:
                _write(connection, ones, now)
        return len(letters)

    def letter(self, id: UUID) -> tuple[str, Note] | None:  # noqa: A002
        """Return the receiver and what is still to be said; None when nothing is. Raises StoreAway.

        What is over by now is dropped; what was muted meanwhile, or met the quiet hours, is planned again afterwards.
        """
        by_name = {one.name: one for one in self._receivers}
        items, over, back = list[Item](), list[UUID](), list[UUID]()
        receiver: Receiver | None = None
        with transaction(self._engine) as connection:
            for message, name, what, *known, detail, opened, now in connection.execute(_LETTER, [id]).fetchall():
                alert, receiver = Alert(*known), by_name.get(name)
                if receiver is None or (alert.resolved and what != What.RESOLVED):
                    over.append(message)
                elif (alert.muted and what != What.RESOLVED) or is_quiet(alert, receiver, now):
                    back.append(message)
                else:
                    items.append(Item(What(what), alert.rule, alert.about, alert.office, detail, moment_text(opened)))
            connection.execute(_DROP, [over])
            connection.execute(_TAKE_BACK, [back])
        if receiver is None or not items:
            return None
        return receiver.name, written(items, receiver.language, str(id)[:8])

    def told(self, id: UUID) -> None:  # noqa: A002
        """Keep that the letter was delivered. Raises StoreAway."""
        with transaction(self._engine) as connection:
            connection.execute(_SENT, [id])


def _told(connection: psycopg.Connection, alerts: list[UUID]) -> Mapping[tuple[UUID, str], list[Told]]:
    found: dict[tuple[UUID, str], list[Told]] = {}
    for alert, receiver, told in _rows(connection, alerts):
        found.setdefault((alert, receiver), []).append(told)
    return found


def _rows(connection: psycopg.Connection, alerts: list[UUID]) -> Iterator[tuple[Any, str, Told]]:
    for alert, receiver, what, *rest in connection.execute(_TOLD, [alerts]):
        yield alert, receiver, Told(What(what), *rest)


def _write(connection: psycopg.Connection, ones: list[Message], now: datetime) -> None:
    letter = uuid4()
    for one in ones:
        connection.execute(_WRITE, [one.id, one.alert, one.receiver, one.what.value, one.number, letter, now])
    connection.execute(_STEP, {"letter": letter})
