"""What the general watch reads: each sight is one statement, and costs what is overdue, held, parked or late."""

from datetime import timedelta
from typing import Any, Final

import psycopg

from ektp.reading.overdue import OVERDUE
from ektp.storage.messages.sights import carried_messages, late_messages
from schemas.values import is_station
from workflows.facts import Rung
from workflows.standing import Standing
from workflows.watch import Cause, Drift, Held, Late, Low, Overdue

# Not by application: in a shortage of blanko a hundred thousand are overdue, and alike.
_OVERDUE: Final = f"""
select office, state, coalesce((standing->>'rung')::int, 0),
    coalesce((standing->>'deleted')::boolean, false)
        and coalesce((standing->>'invited_for')::int, 0) >= coalesce((standing->>'attempt')::int, 0),
    coalesce((timers->>'by_hand')::boolean, false), coalesce((timers->>'passed')::int, 0),
    coalesce((timers->>'escalated')::int, 0), count(*)::int, min(recorded)
from applications where {OVERDUE} group by 1, 2, 3, 4, 5, 6, 7
"""  # noqa: S608 - a constant of ours
_HELD: Final = """
select coalesce(known.office, held.data->>'office', ''), held.waits_for, count(*)::int, min(held.received)
from held left join applications known on known.id = held.application
where held.due_at is null group by 1, 2
"""
_PARKED: Final = """
with causes as (
    select reason, sender, coalesce(max(office), '') as office, count(*)::int as open, min(received) as oldest
    from parked where state = 'open' group by reason, sender
)
select reason, sender, office, open, oldest,
    (select max(received) from parked before
     where before.reason = causes.reason and before.sender = causes.sender and before.received < causes.oldest)
from causes order by reason, sender
"""
_LOW: Final = """
select office, what, since, (
    select coalesce(sum(delta), 0)::int from tallies where tallies.office = low.office
    and case what when 'blanko' then kind = 'stock' and key = 'in-stock' else kind = 'supply' and key = what end)
from stock_alerts low where low order by office, what
"""
_OUTBOX: Final = """
select count(*)::int, coalesce(now() - min(created), interval '0') from outbox where sent is null
"""
# A simulated city lets its steps follow when it likes: they are judged by the real clock only.
_LATE: Final = """
select kind, count(*)::int, max(now() - due) from steps
where state in ('waiting', 'running') and due < now() - interval '1 minute' and coalesce(leased_until <= now(), true)
and (application is null or not exists (select from simulated_clock where moment is not null)) group by kind
"""
_BEAT: Final = "select now() - max(created) from steps where application is null and key like kind || ':%'"
# A kit may have no line for some days.
_UNHELD: Final = """
select office, count(*)::int, min(day) from visits where state = 'planned' and begins < ektp_now() - interval '3 days'
group by 1 order by 1
"""
_VISITS: Final = "select office, late from outreach_plans where late > 0 order by office"
# One statement, so that both sides are of one moment. Events applied are counted by `ektp verify`: they are too many.
_DRIFTS: Final = """
with told as (
    select office, kind, key, sum(delta)::bigint as count from tallies
    where kind = 'state' or (kind = 'event' and key in ('held', 'parked')) group by 1, 2, 3
), there as (
    select office, 'state' as kind, state as key, count(*) as count from applications group by 1, 3
    union all select '', 'event', 'held', count(*) from held
    union all select '', 'event', 'parked', count(*) from parked where state <> 'repaired'
)
select concat_ws(' ', nullif(office, ''), kind, key), coalesce(told.count, 0), coalesce(there.count, 0)
from told full join there using (office, kind, key)
where coalesce(told.count, 0) <> coalesce(there.count, 0) order by 1
"""


def read_sights(connection: psycopg.Connection) -> dict[str, Any]:
    """Return the fields of a Seen that the store knows, by name."""
    late = connection.execute(_LATE).fetchall()
    outbox = connection.execute(_OUTBOX).fetchone()
    beat = connection.execute(_BEAT).fetchone()
    return {
        "held": tuple(Held(*row) for row in connection.execute(_HELD)),
        "parked": tuple(_cause(*row) for row in connection.execute(_PARKED)),
        "low": tuple(Low(*row) for row in connection.execute(_LOW)),
        "outbox": outbox or (0, timedelta()),
        "late": Late({kind: count for kind, count, _ in late}, max((age for *_, age in late), default=timedelta())),
        "beat": beat[0] if beat else None,
        "messages": late_messages(connection),
        "gateways": carried_messages(connection),
        "unheld": tuple((office, visits, day) for office, visits, day in connection.execute(_UNHELD)),
        "visits": tuple((office, late) for office, late in connection.execute(_VISITS)),
    }


def read_overdue(connection: psycopg.Connection) -> tuple[Overdue, ...]:
    """Return what is overdue, in groups that the clocks see alike: dear where a hundred thousand are."""
    return tuple(_overdue(*row) for row in connection.execute(_OVERDUE))


def read_drifts(connection: psycopg.Connection) -> tuple[Drift, ...]:
    """Return every count of states, held and parked events that is not what is there."""
    return tuple(Drift(*row) for row in connection.execute(_DRIFTS))


def _overdue(office: str, state: str, rung: int, invited: bool, *rest: Any) -> Overdue:  # noqa: ANN401 - as the columns
    standing = Standing(attempt=1, rung=Rung(rung), deleted=invited, invited_for=1 if invited else 0)
    return Overdue(office, state, standing, *rest)


def _cause(reason: str, sender: str, *rest: Any) -> Cause:  # noqa: ANN401
    """Only a station's own name is repeated: anything else may hold anything."""
    return Cause(reason, sender if is_station(sender) else "", *rest)
