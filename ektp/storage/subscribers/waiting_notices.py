"""How long the oldest notice in a subscriber's queue has waited: what the broker does not say, our records do."""

from datetime import timedelta
from typing import Final, NamedTuple

from sqlalchemy import Engine

from ektp.storage.engine import transaction
from ektp.storage.subscribers.subscribers import Subscriber

LOOKED_BACK: Final = 200_000  # letters
# A queue is read from its head: of so many that wait the oldest is the one that was sent so many ago.
_OLDEST: Final = """
select count(*), now() - min(sent) from (
    select sent from outbox
    where exchange = 'ektp.notices' and sent >= %(added)s and routing_key ~ %(pattern)s
    and seq > coalesce((select max(seq) from outbox), 0) - %(back)s
    order by seq desc limit %(lag)s) as waiting
"""
# What was replayed stands in the queue, too, and is older than its place there tells. That a queue was seen empty may
# be some seconds old.
_MIXED: Final = """
select exists (
    select from replays join subscribers on subscribers.name = replays.subscriber
    where subscriber = %s and sent > 0
    and coalesce(ended, now()) >= coalesce(emptied, added) - interval '15 seconds')
"""


class Age(NamedTuple):
    """For how long the oldest has waited; `bounded`: that long, or longer."""

    age: timedelta | None
    bounded: bool = False


def oldest_age(engine: Engine, one: Subscriber, lag: int) -> Age:
    """Return for how long the oldest of so many has waited; None where nobody knows. Raises StoreAway."""
    if lag == 0:
        return Age(timedelta())
    values = {"added": one.added, "pattern": one.subscription.pattern, "back": LOOKED_BACK, "lag": lag}
    with transaction(engine) as connection:
        mixed = connection.execute(_MIXED, [one.name]).fetchone()
        if mixed is not None and mixed[0]:
            return Age(None)
        row = connection.execute(_OLDEST, values).fetchone()
    assert row is not None
    count, age = row
    return Age(age, count < lag) if age is not None else Age(None)
