"""Many recordings that cannot be read for one reason, and the patch that makes them good."""

import json
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Engine

from consumers.journal import Journal
from ektp.storage.engine import transaction
from schemas.submission import Door, Submission, read_line
from tests.histories import History

#: Corrects what `misspelt` has wrong.
PATCH: Final = [{"op": "replace", "path": "/data/channel", "value": "kecamatan"}]


def misspelt(number: int | None = None, station: str = "st337401") -> dict[str, Any]:
    """Return a recording with a channel that there is not."""
    told = History(number).recorded().events[0]
    return {**told, "source": f"/stations/{station}", "data": {**told["data"], "channel": "kecamatn"}}


def came_in(told: dict[str, Any]) -> Submission:
    """Return an event as it came in over the broker, understood or not."""
    return read_line(json.dumps(told).encode(), door=Door.AMQP, sender=told["source"].rpartition("/")[2])


def park(journal: Journal, events: Sequence[dict[str, Any]]) -> None:
    """Let the journal park all of these."""
    for first in range(0, len(events), 500):
        outcomes = journal.apply([came_in(one) for one in events[first : first + 500]])
        assert {outcome.outcome for outcome in outcomes} == {"parked"}


def item_counts(engine: Engine, repair: UUID | str) -> dict[str, int]:
    """Return how many items of a repair are in each state."""
    with transaction(engine) as connection:
        rows = connection.execute("select state, count(*) from repair_items where repair = %s group by 1", [repair])
        return dict(rows.fetchall())


def history_size(engine: Engine) -> int:
    """Return how many events were taken in."""
    with transaction(engine) as connection:
        row = connection.execute("select count(*) from history").fetchone()
    assert row is not None
    return int(row[0])
