"""How deep each queue is, who reads it and how fast it moves; how long the outbox and the events have waited."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, func, select, text

from ektp.storage.tables import OUTBOX

MOST_EVENTS: Final = 5000  #: Of the last minute, of which the critical time is told.
_NEWEST: Final = 20_000  # letters among which the last minute is looked for
# The newest look at each queue, and the one before from which the rates are taken: the oldest of three minutes.
_LOOKS: Final = text("""
with last as (select distinct on (queue) * from queue_looks order by queue, looked desc)
select last.queue, extract(epoch from now() - last.looked)::float as age, last.ready, last.consumers,
    last.came - first.came as came, last.went - first.went as went, last.again - first.again as again,
    last.ready - first.ready as grown, extract(epoch from last.looked - first.looked)::float as span
from last left join lateral (
    select * from queue_looks where queue = last.queue and looked < last.looked
    and looked >= last.looked - interval '3 minutes' order by looked limit 1
) as first on true order by last.queue
""")
_LETTERS: Final = text("""
select count(*) filter (where created > now() - interval '1 minute'),
    count(*) filter (where sent > now() - interval '1 minute'), count(*), min(created) > now() - interval '1 minute'
from (select created, sent from outbox order by seq desc limit :most) as newest
""")
# What the system says itself happens as it is written. (The moment is asked for once, not for every row of the newest
# pages, which the index does not tell apart.)
_CRITICAL: Final = text("""
select count(*), percentile_cont(0.5) within group (order by took), percentile_cont(0.95) within group (order by took)
from (
    select extract(epoch from received - time)::float as took from history
    where received > (select ektp_now()) - interval '1 minute' and outcome = 'applied' and door <> 'system' limit :most
) as lately
""")
_RELAYS: Final = text("select count(*) from relays where seen_until > now()")
_BEAT: Final = text("""
select extract(epoch from now() - max(created))::float from steps where application is null and key like kind || ':%'
""")
# There are two clocks, that of housekeeping and that of applications; each is asked for once, not for every step.
_STEPS: Final = text("""
select kind, state, count(*), extract(epoch from greatest(
    step_now(null) - min(due) filter (where application is null),
    step_now('00000000-0000-0000-0000-000000000000') - min(due) filter (where application is not null)))::float
from steps where state in ('waiting', 'running') and due <= greatest(now(), ektp_now()) group by kind, state
union all select kind, state, count(*), null from steps where state = 'given-up' group by kind, state
""")


class Sight(NamedTuple):
    """A queue as the watch saw it `age` seconds ago; rates are a second, of the `span` seconds before.

    What the broker does not tell, or what one look cannot tell, is None: never 0. `again` counts deliveries.
    """

    queue: str
    age: float
    ready: int
    consumers: int
    came: float | None
    went: float | None
    again: int | None
    grown: float | None
    span: float | None

    @property
    def empty_in(self) -> float | None:
        """In how many seconds nothing waits any more as it goes now; None where it does not shrink, or nobody knows."""
        if not self.ready or self.grown is None or self.grown >= 0:
            return None
        return self.ready / -self.grown


def queues(depths: Mapping[str, tuple[int, int]], seen: Mapping[str, Sight] | None = None) -> list[dict[str, Any]]:
    """Return what is known of each queue; None where the broker does not say, and never 0 for that.

    `rate` is how many leave it a second, by what the watch saw.
    """
    rates = {name: sight.went for name, sight in (seen or {}).items()}
    return [
        {"queue": name, "ready": ready, "consumers": consumers, "oldest_age": None, "rate": rates.get(name)}
        for name, (ready, consumers) in depths.items()
    ]


def sights(connection: Connection) -> dict[str, Sight]:
    """Return the queues by name as the watch saw them last."""
    return {row.queue: _sight(row) for row in connection.execute(_LOOKS)}


def outbox(connection: Connection) -> dict[str, Any]:
    """Return how many letters wait, and the age of the oldest in seconds (None without one)."""
    unsent = OUTBOX.c.sent.is_(None)
    pending = connection.scalar(select(func.count()).select_from(OUTBOX).where(unsent))
    age = connection.scalar(
        select(func.extract("epoch", func.clock_timestamp() - OUTBOX.c.created))
        .where(unsent)
        .order_by(OUTBOX.c.seq)
        .limit(1)
    )
    return {"pending": pending or 0, "oldest_age": None if age is None else round(float(age), 1)}


def letters_a_minute(connection: Connection) -> tuple[int | None, int | None]:
    """Return how many letters were written in the last minute, and how many left; None where these are too many."""
    written, sent, seen, all_of_it = connection.execute(_LETTERS, {"most": _NEWEST}).one()
    if seen == _NEWEST and all_of_it:
        return None, None
    return int(written), int(sent)


def critical_time(connection: Connection) -> tuple[int, float | None, float | None]:
    """Return of how many events of the last minute it is told, and the median and the 95th percentile in seconds.

    From the moment that the event's sender gives it (the station's clock) until it is written here: with all the time
    that it lay on a device or in a queue.
    """
    count, median, most = connection.execute(_CRITICAL, {"most": MOST_EVENTS}).one()
    return int(count), median, most


def crew(connection: Connection) -> dict[str, Any]:
    """Return how many relays are there, and how many seconds ago anything was scheduled (None: never)."""
    return {"relays": connection.scalar(_RELAYS) or 0, "beat": connection.scalar(_BEAT)}


def steps_due(connection: Connection) -> list[dict[str, Any]]:
    """Return the steps that are due and not done, by kind and state, and those that were given up.

    `late` is for how many seconds the oldest has been due, None for what was given up.
    """
    return [
        {"kind": kind, "state": state, "count": int(count), "late": None if late is None else max(late, 0.0)}
        for kind, state, count, late in sorted(connection.execute(_STEPS).all(), key=lambda row: row[:2])
    ]


def _sight(row: Row[Any]) -> Sight:
    span = row.span or None
    came, went = (_rate(count, span) for count in (row.came, row.went))
    again = None if row.again is None or row.again < 0 else int(row.again)
    grown = None if span is None else row.grown / span
    return Sight(row.queue, row.age, int(row.ready), row.consumers, came, went, again, grown, span)


def _rate(count: int | None, span: float | None) -> float | None:
    """Return a rate; a counter that fell began anew with its broker."""
    return None if count is None or span is None or count < 0 else round(count / span, 1)
