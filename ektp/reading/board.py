"""What the board shows: how many are where, whose move it is, and what moved in the last minute."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, text

from ektp.reading.moments import written
from ektp.reading.parking import open_count
from ektp.reading.summary import summary
from workflows.card_issuance import END_STATES, WAITING, Party, State

if TYPE_CHECKING:
    from ektp.reading.campaigns import Campaigns

_BY_OFFICE: Final = text(
    "select office, key, sum(delta) from tallies where kind = 'state' group by office, key having sum(delta) <> 0"
    " order by office, key"
)
# The index is by office and state; the tallies know the offices in a few rows.
_INVITED: Final = text(
    "select count(*) from (select distinct office from tallies where kind = 'state') as offices"
    " join applications using (office) where state = 're-recording' and standing ->> 'invited' = 'true'"
)
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
    """Return the summary, with the moves of each party and what was told in the last minute."""
    told = summary(connection, campaigns)
    return {
        **told,
        "simulated": bool(connection.scalar(_SIMULATED)),
        "moves": {party.value: count for party, count in moves(connection, told["states"]).items()},
        "parked": open_count(connection),
        "moved": [(name, count) for name, count in connection.execute(_MOVED)],
        "latest": [_latest(created, body) for created, body in connection.execute(_LATEST)],
    }


def moves(connection: Connection, states: Mapping[str, int]) -> Counter[Party]:
    """Return how many open applications wait for whom; one to be recorded again waits for the office's invitation."""
    waiting: Counter[Party] = Counter(dict.fromkeys(Party, 0))
    del waiting[Party.NOBODY]
    for state in State:
        if state is not State.NEW and state not in END_STATES:
            waiting[WAITING[state].move] += states[state.value]
    if again := states[State.RE_RECORDING.value]:
        invited = connection.scalar(_INVITED) or 0
        waiting[Party.RESIDENT] -= again - invited
        waiting[Party.OFFICE] += again - invited
    return waiting


def states_by_office(connection: Connection) -> Iterator[tuple[str, str, int]]:
    """Yield office, state and how many are in it."""
    for office, state, count in connection.execute(_BY_OFFICE):
        yield office, state, int(count)


def _latest(created: Any, body: str) -> dict[str, Any]:  # noqa: ANN401 - the driver's moment
    data = json.loads(body)["data"]
    return {
        "at": written(created),
        "office": data["office"],
        "from": data.get("previous"),
        "to": data["state"],
    }
