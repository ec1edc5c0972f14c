"""What the board shows: how many are where and overdue, whose move it is, what moved in the last minute."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, text

from ektp.reading.moments import written
from ektp.reading.outages import outages
from ektp.reading.parking import open_count
from ektp.reading.summary import overdue_by_state, summary

if TYPE_CHECKING:
    from ektp.reading.campaigns import Campaigns

_BY_OFFICE: Final = text(
    "select office, key, sum(delta) from tallies where kind = 'state' group by office, key having sum(delta) <> 0"
    " order by office, key"
)
_PROMISE: Final = text("select key, sum(delta) from tallies where kind = 'promise' group by key")
_SIMULATED: Final = text("select exists (select from simulated_clock where moment is not null)")
# Each change of state leaves a notice: the newest end of the outbox tells what moved without a look at the history.
_MOVED: Final = text("""
with newest as (select created, exchange, routing_key from outbox order by seq desc limit 20000)
select split_part(routing_key, '.', 1), count(*) from newest
where exchange = 'ektp.notices' and created > now() - interval '1 minute' group by 1 order by 2 desc, 1
""")
_LATEST: Final = text("""
select created, body from (select * from outbox order by seq desc limit 200) as newest
where exchange = 'ektp.notices' and created > now() - interval '1 minute' order by seq desc limit 8
""")


def board(connection: Connection, campaigns: "Campaigns | None" = None) -> dict[str, Any]:
    """Return the summary, with what is overdue, the promise kept so far, and what was told in the last minute."""
    told = summary(connection, campaigns)
    return {
        **told,
        "simulated": bool(connection.scalar(_SIMULATED)),
        "overdue_by_state": overdue_by_state(connection),
        "promise": _promise(connection),
        "outages": outages(connection),
        "parked": open_count(connection),
        "moved": [(name, count) for name, count in connection.execute(_MOVED)],
        "latest": [_latest(created, body) for created, body in connection.execute(_LATEST)],
    }


def states_by_office(connection: Connection) -> Iterator[tuple[str, str, int]]:
    """Yield office, state and how many are in it."""
    for office, state, count in connection.execute(_BY_OFFICE):
        yield office, state, int(count)


def _promise(connection: Connection) -> dict[str, Any]:
    """Return how many cards were printed, how many of them in time, and that share (0 to 1; None before the first)."""
    counts = {key: int(count) for key, count in connection.execute(_PROMISE)}
    kept, missed = counts.get("kept", 0), counts.get("missed", 0)
    printed = kept + missed
    return {"printed": printed, "kept": kept, "share": round(kept / printed, 4) if printed else None}


def _latest(created: Any, body: str) -> dict[str, Any]:  # noqa: ANN401 - the driver's moment
    data = json.loads(body)["data"]
    return {
        "at": written(created),
        "office": data["office"],
        "from": data.get("previous"),
        "to": data["state"],
    }
