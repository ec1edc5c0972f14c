"""The any-order property through two journals on a real PostgreSQL."""

import random
import threading
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import Engine, text

from consumers.journal import Journal
from schemas.submission import Submission
from tests.histories import recorded_again, shuffled

SEED = 20180212
ORDERS = 2000
BATCH = 400

GAPLESS = """
select count(*) from (
    select application, array_agg((body::json ->> 'sequence')::int order by seq) as numbers
    from outbox where exchange = 'ektp.notices' group by application
) as series where numbers <> (select array_agg(n) from generate_series(1, cardinality(numbers)) as n)
"""
LAST_NOTICE = """
select body::json ->> 'type', count(*) from (
    select distinct on (application) application, body from outbox where exchange = 'ektp.notices'
    order by application, seq desc
) as last group by 1
"""


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_two_thousand_orders_of_a_card_recorded_twice_end_alike_in_postgresql(
    engine: Engine, open_journal: Callable[[], Journal]
) -> None:
    """Each application's eight events in an order of its own, 30 % doubled, all mixed, at two consumers."""
    chance = random.Random(SEED)
    queues = [list(shuffled(recorded_again().submissions(), seed)) for seed in range(ORDERS)]
    mixed = [queue.pop() for queue in chance.sample([one for one in queues for _ in one], sum(map(len, queues)))]
    failures: list[BaseException] = []

    def consume(share: Sequence[Submission]) -> None:
        journal = open_journal()
        try:
            for start in range(0, len(share), BATCH):
                journal.apply(share[start : start + BATCH])
        except BaseException as error:  # noqa: BLE001 - asserted below
            failures.append(error)

    consumers = [threading.Thread(target=consume, args=(mixed[half::2],)) for half in (0, 1)]
    for consumer in consumers:
        consumer.start()
    for consumer in consumers:
        consumer.join()
    assert not failures
    with engine.connect() as connection:
        rows = connection.execute(text("select state, attempt, count(*) from applications group by 1, 2")).all()
        assert [tuple(row) for row in rows] == [("collected", 2, ORDERS)]
        assert connection.execute(text("select count(*) from held")).scalar_one() == 0
        assert connection.execute(text("select count(*) from parked")).scalar_one() == 0
        assert connection.execute(text("select count(*) from history")).scalar_one() == ORDERS * 8
        places = connection.execute(text("select place, count(*) from blanko group by 1")).all()
        assert [tuple(row) for row in places] == [("collected", ORDERS)]
        assert connection.execute(text(GAPLESS)).scalar_one() == 0
        last = connection.execute(text(LAST_NOTICE)).all()
        assert [tuple(row) for row in last] == [("id.ektp.application-collected.v1", ORDERS)]
        tallied = connection.execute(
            text("select key, sum(delta)::int as total from tallies where kind = 'event' group by 1")
        ).all()
        counts = {row.key: row.total for row in tallied}
        # A failure that comes after its attempt was deleted is superseded: how often depends on the orders.
        assert counts.pop("applied") + counts.pop("superseded") == ORDERS * 8
        assert counts == {"repeated": len(mixed) - ORDERS * 8, "held": 0}
