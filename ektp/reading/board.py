"""What the board shows: how many are where and overdue, whose move it is, today's clearance, and what moves."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, text

from ektp.reading.alerts import Wanted, alerts, open_by_severity
from ektp.reading.clearance import lately, promise
from ektp.reading.moments import written
from ektp.reading.open_ends import held_by_state
from ektp.reading.outages import outages
from ektp.reading.parking import open_count
from ektp.reading.scope import EVERYWHERE, LIES_IN, Offices, named
from ektp.reading.summary import LETTERS_OFFICE, counted, overdue_by_state, summed
from schemas.roles import covers
from workflows.permissions import within

if TYPE_CHECKING:
    from ektp.reading.campaigns import Campaigns

MOST_ALERTS: Final = 6  #: The worst that are open.
_BY_OFFICE: Final = text(
    "select office, key, sum(delta) from tallies where kind = 'state' group by office, key having sum(delta) <> 0"
    " order by office, key"
)
_SIMULATED: Final = text("select exists (select from simulated_clock where moment is not null)")
# Each change of state leaves a notice: the newest end of the outbox tells what moved without a look at the history. How
# far back the last minute reaches is found by a few letters: on a quiet day it is a few of them, and 20,000 at most.
_MOVED: Final = text(f"""
with recursive back (top, step) as (
    select max(seq), 200 from outbox
    union all select top, step * 5 from back where step < 20000
        and (select created from outbox where seq <= top - step order by seq desc limit 1) > now() - interval '1 minute'
), newest as (
    select created, exchange, routing_key from outbox where seq > (select min(top - step) from back)
    order by seq desc limit 20000
)
select split_part(routing_key, '.', 1), count(*) from (
    select routing_key, {LETTERS_OFFICE} as office from newest
    where exchange = 'ektp.notices' and created > now() - interval '1 minute'
) as notices where {LIES_IN} group by 1 order by 2 desc, 1
""")  # noqa: S608 - constants of ours
_LATEST: Final = text(f"""
select created, body from (
    select seq, created, body, exchange, {LETTERS_OFFICE} as office
    from (select * from outbox order by seq desc limit 200) as newest
) as notices where exchange = 'ektp.notices' and created > now() - interval '1 minute' and {LIES_IN}
order by seq desc limit 8
""")  # noqa: S608


def board(
    connection: Connection, campaigns: "Campaigns | None" = None, offices: Offices = EVERYWHERE
) -> dict[str, Any]:
    """Return the summary of these regions, with what is overdue and held, the promise, today's clearance, the alerts.

    And what was told in the last minute.
    """
    counts = counted(connection, offices)
    late = lately(connection, offices)
    told = summed(connection, counts, campaigns, offices)
    return {
        **told,
        "simulated": bool(connection.scalar(_SIMULATED)),
        "overdue_by_state": overdue_by_state(counts),
        "held_by_state": held_by_state(connection, offices),
        "promise": {**promise(counts), "today": late["today"], "month": late["month"]},
        "day": late["day"],
        "outages": [one for one in outages(connection) if _concerns(one["subject"], offices)],
        "parked": told["events"]["parked"] if offices else open_count(connection),
        "severities": open_by_severity(connection, offices),
        "alerts": alerts(connection, Wanted(worst=True), most=MOST_ALERTS, offices=offices),
        "moved": [(name, count) for name, count in connection.execute(_MOVED, named(offices))],
        "latest": [_latest(created, body) for created, body in connection.execute(_LATEST, named(offices))],
    }


def states_by_office(connection: Connection) -> Iterator[tuple[str, str, int]]:
    """Yield office, state and how many are in it."""
    for office, state, count in connection.execute(_BY_OFFICE):
        yield office, state, int(count)


def _concerns(subject: str, offices: Offices) -> bool:
    """Tell whether an outage of the centre, or of a region, concerns one of the regions."""
    return subject == "centre" or within(offices, subject) or any(covers(subject, one) for one in offices)


def _latest(created: Any, body: str) -> dict[str, Any]:  # noqa: ANN401 - the driver's moment
    data = json.loads(body)["data"]
    return {
        "at": written(created),
        "office": data["office"],
        "from": data.get("previous"),
        "to": data["state"],
    }
