"""What the store knows of what was said to it; the first sign of something: an alert, a deadline, a letter, an event.

Every moment is one of the store's own clock, which in a simulated city is the city's.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

from schemas.upcasting import name_today, types_of
from workflows.card_issuance import WAITING

_NOTICES: Final = sorted({waiting.notice for waiting in WAITING.values() if waiting.notice})
_AT_ONCE: Final = 20_000  # ids in one question

_KNOWN: Final = text("""
select count(*) from unnest(cast(:ids as uuid[])) as said (id)
where exists (select from history where history.id = said.id)
or exists (select from held where held.id = said.id)
or exists (select from parked where parked.event_id = said.id::text)
""")
# A notice of what an application became is due when that changes: one that says what the one before it said is a fact
# told twice. What a deadline says again and again has names of its own.
_TOLD_TWICE: Final = text("""
select count(*), count(*) filter (where name = before and says = said_before) from (
    select name, says, lag(name) over series as before, lag(says) over series as said_before from (
        select application, seq, split_part(routing_key, '.', 1) as name, cast(body as jsonb)->'data' as data
        from outbox where exchange = 'ektp.notices'
    ) as notices cross join lateral (select data - 'due' - 'previous' as says) as said
    where name = any(:names) window series as (partition by application order by seq)
) as told
""")
_REPEATED: Final = text("select coalesce(sum(delta), 0) from tallies where kind = 'event' and key = 'repeated'")
_LAST_LETTER: Final = text("select coalesce(max(seq), 0) from outbox")
_ALERT: Final = text("""
select rule, about, opened from alerts
where opened >= :since and rule = any(:rules) and (about = any(:about) or station = any(:about))
order by opened, id limit 1
""")
_LASTING: Final = text("""
select count(*) from alerts
where opened >= :since and resolved is null and rule = any(:rules) and (about = any(:about) or station = any(:about))
""")
_DEADLINE: Final = text("""
select data->>'deadline', application, received from history
where type = any(:types) and outcome = 'applied' and received between :since and :until
and (cast(:of as uuid[]) is null or application = any(:of)) and application <> all(cast(:but as uuid[]))
and (cast(:names as text[]) is null or data->>'deadline' = any(:names))
order by received, id limit 1
""")
_LETTER: Final = text("""
select split_part(routing_key, '.', 1), application, cast(body as json)->>'time' from outbox
where seq > :after and split_part(routing_key, '.', 1) = any(:names)
and (cast(:of as uuid[]) is null or application = any(:of)) and application <> all(cast(:but as uuid[]))
and cast(cast(body as json)->>'time' as timestamptz) >= :since
order by cast(cast(body as json)->>'time' as timestamptz), seq limit 1
""")
_EVENT: Final = text("""
select type, subject, received from history
where type = any(:types) and outcome = 'applied' and received >= :since and subject = any(:subjects)
order by received, id limit 1
""")
_FROM: Final = text("""
select type, station, received from history
where station = :station and received >= :since order by received, id limit 1
""")
_MESSAGE: Final = text("""
select alerts.rule, alert_messages.receiver, alert_messages.planned from alert_messages
join alerts on alerts.id = alert_messages.alert
where alert_messages.planned >= :since and alerts.opened >= :since
and alerts.rule = any(:rules) and (alerts.about = any(:about) or alerts.station = any(:about))
order by alert_messages.planned, alert_messages.id limit 1
""")


class Sign(NamedTuple):
    """The first trace of something in the store: of which kind, by which name, about what, and when."""

    by: str  #: alert, deadline, letter, event, station, message
    name: str
    about: str
    at: datetime


class Alerts(NamedTuple):
    """The alerts that may be about it: of these rules, about one of these things or stations."""

    rules: Sequence[str]
    about: Sequence[str]


def known(connection: Connection, ids: Sequence[UUID]) -> int:
    """Return how many of these events are in the store: applied, held, superseded or parked."""
    parts = (list(ids[start : start + _AT_ONCE]) for start in range(0, len(ids), _AT_ONCE))
    return sum(int(connection.scalar(_KNOWN, {"ids": part}) or 0) for part in parts)


def told_twice(connection: Connection) -> tuple[int, int]:
    """Return how many notices there are of what applications became, and how many say again what was said before."""
    row = connection.execute(_TOLD_TWICE, {"names": _NOTICES}).one()
    return int(row[0]), int(row[1])


def repeated(connection: Connection) -> int:
    """Return how many deliveries were recognised as ones that had come before."""
    return int(connection.scalar(_REPEATED) or 0)


def last_letter(connection: Connection) -> int:
    """Return the number of the newest letter in the outbox, 0 without any."""
    return int(connection.scalar(_LAST_LETTER) or 0)


def first_alert(connection: Connection, since: datetime, alerts: Alerts) -> Sign | None:
    """Return the first of these alerts that opened since."""
    return _sign("alert", connection, _ALERT, since=since, **_asked(alerts))


def lasting(connection: Connection, since: datetime, alerts: Alerts) -> int:
    """Return how many of these alerts have opened since and are open."""
    return int(connection.scalar(_LASTING, {"since": since, **_asked(alerts)}) or 0)


def first_message(connection: Connection, since: datetime, alerts: Alerts) -> Sign | None:
    """Return the first message to a receiver about one of these alerts."""
    return _sign("message", connection, _MESSAGE, since=since, **_asked(alerts))


def first_deadline(  # noqa: PLR0913 - what may be asked for
    connection: Connection,
    since: datetime,
    until: datetime,
    *,
    names: Sequence[str] | None = None,
    of: Collection[UUID] | None = None,
    but: Collection[UUID] = (),
) -> Sign | None:
    """Return the first deadline that passed between two moments: of these applications (None: all), without others."""
    about = {"names": names, "of": None if of is None else list(of), "but": list(but)}
    about["types"] = types_of("deadline-passed")
    return _sign("deadline", connection, _DEADLINE, since=since, until=until, **about)


def first_letter(  # noqa: PLR0913 - as above
    connection: Connection,
    since: datetime,
    after: int,
    names: Sequence[str],
    *,
    of: Collection[UUID] | None = None,
    but: Collection[UUID] = (),
) -> Sign | None:
    """Return the first notice or request of these names since, of those with a higher number than *after*."""
    about = {"names": list(names), "of": None if of is None else list(of), "but": list(but)}
    return _sign("letter", connection, _LETTER, since=since, after=after, **about)


def first_event(connection: Connection, since: datetime, names: Sequence[str], subjects: Sequence[str]) -> Sign | None:
    """Return the first event of these names about one of these subjects that was applied since."""
    asked = {"types": types_of(*names), "subjects": list(subjects)}
    return _event_sign("event", connection, _EVENT, since=since, **asked)


def first_from(connection: Connection, since: datetime, station: str) -> Sign | None:
    """Return the first event of a station that was taken in since."""
    return _event_sign("station", connection, _FROM, since=since, station=station)


def _asked(alerts: Alerts) -> dict[str, list[str]]:
    return {"rules": list(alerts.rules), "about": list(alerts.about)}


def _event_sign(by: str, connection: Connection, question: Any, **asked: Any) -> Sign | None:  # noqa: ANN401 - as below
    sign = _sign(by, connection, question, **asked)
    return sign and sign._replace(name=name_today(sign.name))


def _sign(by: str, connection: Connection, question: Any, **asked: Any) -> Sign | None:  # noqa: ANN401 - parameters
    row = connection.execute(question, asked).one_or_none()
    if row is None:
        return None
    name, about, at = row
    return Sign(by, name, str(about), datetime.fromisoformat(at) if isinstance(at, str) else at)
