"""The subscribers: what each hears, how far it is behind as somebody saw it last, and what it is sent once more."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, text

from ektp.broker.subscriber_rights import subscriber_queue
from ektp.reading.errors import Unknown
from ektp.reading.moments import written
from ektp.reading.scope import EVERYWHERE, Offices
from ektp.storage.subscribers.replays import Replay
from ektp.storage.subscribers.subscribers import COLUMNS, Subscriber, subscriber_of
from workflows.following import Follower, differences
from workflows.permissions import within
from workflows.subscriptions import Subscription

MOST_REPLAYS: Final = 20
_ALL: Final = text(f"select {COLUMNS} from subscribers where removed is null order by name")  # noqa: S608
_RUNNING: Final = text(
    "select distinct on (subscriber) subscriber, id from replays where ended is null order by subscriber, asked"
)
_REPLAYS: Final = text("""
select id, subscriber, application, from_sequence, since, position, upto, sent, asked, asked_by, because, ended, outcome
from replays where subscriber = :subscriber order by asked desc, id limit :most
""")


def subscribers(
    connection: Connection, offices: Offices = EVERYWHERE, seen: Mapping[str, Follower] | None = None
) -> list[dict[str, Any]]:
    """Return what is known of each by name; how it is at the broker as `seen` now, or as somebody looked last.

    Whoever is there for some offices sees those that hear of these only.
    """
    running = {row.subscriber: row.id for row in connection.execute(_RUNNING)}
    known = [subscriber_of(row) for row in connection.execute(_ALL)]
    shown = [one for one in known if is_within(one.subscription, offices)]
    return [_told(one, (seen or {}).get(one.name, one.seen), running.get(one.name)) for one in shown]


def subscriber(connection: Connection, name: str, offices: Offices = EVERYWHERE) -> dict[str, Any]:
    """Return one with its newest replays. Raises Unknown."""
    found = next((one for one in subscribers(connection, offices) if one["subscriber"] == name), None)
    if found is None:
        raise Unknown("subscriber", name)
    rows = connection.execute(_REPLAYS, {"subscriber": name, "most": MOST_REPLAYS})
    return {**found, "replays": [replay_told(Replay(*row)) for row in rows]}


def is_within(subscription: Subscription, offices: Offices) -> bool:
    """Tell whether all that it hears of lies in these regions."""
    return not offices or (
        bool(subscription.offices) and all(within(offices, office) for office in subscription.offices)
    )


def heard(subscription: Subscription) -> dict[str, list[str]]:
    """Return what it is to hear, as it is written."""
    return {"notices": list(subscription.notices) or ["all"], "offices": list(subscription.offices) or ["all"]}


def replay_told(one: Replay) -> dict[str, Any]:
    """Return what is known of a replay."""
    return {
        "replay": str(one.id),
        "from": written(one.since) or f"{one.application} {one.from_sequence or 1}",
        "sent": one.sent,
        "asked": written(one.asked),
        "asked_by": one.asked_by,
        "because": one.because,
        "ended": written(one.ended),
        "outcome": one.outcome,
    }


def _told(one: Subscriber, seen: Follower | None, replay: UUID | None) -> dict[str, Any]:
    return {
        "subscriber": one.name,
        **heard(one.subscription),
        "queue": subscriber_queue(one.name),
        "lag": seen.lag if seen else None,
        "oldest_age": None if seen is None or seen.age is None else round(seen.age.total_seconds(), 1),
        "or_older": bool(seen and seen.bounded),
        "rate": seen.rate if seen else None,
        "readers": seen.readers if seen else None,
        "wrong": list(differences(seen)) if seen else [],
        "looked": written(one.looked),
        "paused": written(one.paused),
        "paused_by": one.paused_by,
        "because": one.because,
        "added": written(one.added),
        "added_by": one.added_by,
        "renewed": written(one.renewed),
        "replaying": str(replay) if replay else None,
    }
