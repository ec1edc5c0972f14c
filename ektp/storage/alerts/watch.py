"""The general watch in PostgreSQL: one look reads everything, judges it, and keeps the alerts."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import psycopg
from sqlalchemy import Engine

from consumers.errors import LinkLost
from ektp.broker.topology import INTAKE_QUEUE, LATE_QUEUE, STEPS_QUEUE, UNCLAIMED_QUEUE
from ektp.storage.alerts.alerts import keep_alerts
from ektp.storage.alerts.sights import read_drifts, read_overdue, read_sights
from ektp.storage.engine import transaction
from workflows.alert_rules import DRIFT, GENERAL_RULES, STUCK
from workflows.following import Follower
from workflows.stations import Finding
from workflows.timekeeping import Timekeeping
from workflows.watch import Depth, Limits, Seen, drifted, found, judged

#: (messages ready, consumers) by queue. Raises LinkLost.
Depths = Callable[[], Mapping[str, tuple[int, int]]]
#: (came, went, delivered again) by queue, of those of which it is known.
Counted = Callable[[], Mapping[str, tuple[int, int, int]]]
#: How the subscribers are; None where nobody can tell. Raises StoreAway.
Followers = Callable[[], Sequence[Follower] | None]

_NEEDED: Final = frozenset({INTAKE_QUEUE, LATE_QUEUE, STEPS_QUEUE})
# One look at a time: who else looks waits, and finds everything told.
_ALONE: Final = "select pg_advisory_xact_lock(6, 2), ektp_now()"
_KNOWN: Final = "select rule, about from alerts where resolved is null and rule = any(%s)"
_SUSPECT: Final = """
insert into alert_suspicions (rule, about) select * from unnest(%s::text[], %s::text[]) on conflict do nothing
"""
_CLEARED: Final = """
delete from alert_suspicions where rule = any(%s)
and (rule, about) not in (select * from unnest(%s::text[], %s::text[]))
"""
_SUSPECTED: Final = "select rule, about, now() - since from alert_suspicions where rule = any(%s)"
_LOOKED: Final = "update alert_looks set looked = now(), queues = coalesce(%s::jsonb, queues)"
# The looks of a quarter of an hour: two of them make a rate.
_QUEUES: Final = """
insert into queue_looks (queue, looked, ready, consumers, came, went, again)
values (%s, now(), %s, %s, %s, %s, %s) on conflict do nothing
"""
_OLD_LOOKS: Final = "delete from queue_looks where looked < now() - interval '15 minutes'"
_RECOUNTED: Final = "update alert_looks set recounted = now()"
_SINCE: Final = "select extract(epoch from now() - looked)::float from alert_looks"
_FORGET: Final = (
    "delete from alerts where resolved < ektp_now() - %s",
    "delete from alert_mutes where until < ektp_now() - %s",
)


class PostgresAlertWatch:
    """The store and the broker, by what is seen of them; `is_final` tells whether a year's holidays are decreed."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it looks at, and by what it judges
        self,
        engine: Engine,
        keeping: Timekeeping,
        limits: Limits,
        is_final: Callable[[int], bool],
        depths: Depths | None = None,
        counted: Counted = dict,
        followers: Followers = lambda: None,
    ) -> None:
        self._engine = engine
        self._keeping = keeping
        self._limits = limits
        self._is_final = is_final
        self._depths = depths
        self._counted = counted
        self._followers = followers

    def watch(self) -> list[tuple[str, str]]:
        """Look at everything, keep the alerts, and return the rule and the thing of each new one. Raises StoreAway."""
        queues = self._queues()
        counted = {} if queues is None else self._counted()
        followers = self._followers()
        with transaction(self._engine) as connection:
            now = _alone(connection)
            known = frozenset(connection.execute(_KNOWN, [list(GENERAL_RULES)]).fetchall())
            seen = Seen(
                now, known, queues=queues, estimated=self._estimated(now),
                subscribers=None if followers is None else tuple(followers), **read_sights(connection),
            )  # fmt: skip
            rules = judged(seen)
            findings = list(found(seen, self._keeping.policy, self._limits))
            news = keep_alerts(connection, rules, list(_ripe(connection, rules, findings, known)), now)
            told = None if queues is None else json.dumps({one.queue: [one.ready, one.consumers] for one in queues})
            connection.execute(_LOOKED, [told])
            _keep_looks(connection, queues or (), counted)
        return [(one.rule, one.about) for one in news]

    def recount(self) -> list[tuple[str, str]]:
        """Look at what is dear to look at, which is overdue, and compare the counts with what is there; as `watch`.

        Raises StoreAway.
        """
        with transaction(self._engine) as connection:
            now = _alone(connection)
            stuck = found(Seen(now, overdue=read_overdue(connection)), self._keeping.policy, self._limits)
            news = keep_alerts(connection, [STUCK, DRIFT], [*stuck, *drifted(read_drifts(connection))], now)
            connection.execute(_RECOUNTED)
        return [(one.rule, one.about) for one in news]

    def seconds_since_look(self) -> float:
        """Return how long ago somebody looked last, in real time; endless where nobody did. Raises StoreAway."""
        with transaction(self._engine) as connection:
            row = connection.execute(_SINCE).fetchone()
        return float("inf") if row is None or row[0] is None else float(row[0])

    def forget(self, age: timedelta) -> int:
        """Delete alerts that were resolved, and mutes that ended, longer ago; return how many. Raises StoreAway."""
        with transaction(self._engine) as connection:
            return sum(connection.execute(one, [age]).rowcount for one in _FORGET)

    def _queues(self) -> tuple[Depth, ...] | None:
        if self._depths is None:
            return None
        try:
            depths = self._depths()
        except LinkLost:
            return None
        return tuple(
            Depth(name, ready, consumers, name in _NEEDED, 0 if name == UNCLAIMED_QUEUE else None)
            for name, (ready, consumers) in depths.items()
        )

    def _estimated(self, now: datetime) -> tuple[date, ...]:
        today, until = now.astimezone(UTC).date(), (now + self._limits.calendar).astimezone(UTC).date()
        years = {today.year: today, until.year: max(today, date(until.year, 1, 1))}
        return tuple(first for year, first in sorted(years.items()) if not self._is_final(year))


def _alone(connection: psycopg.Connection) -> datetime:
    row = connection.execute(_ALONE).fetchone()
    assert row is not None
    now: datetime = row[1]
    return now


def _keep_looks(
    connection: psycopg.Connection, queues: Iterable[Depth], counted: Mapping[str, tuple[int, int, int]]
) -> None:
    nothing = (None, None, None)
    rows = [(one.queue, one.ready, one.consumers, *counted.get(one.queue, nothing)) for one in queues]
    with connection.cursor() as cursor:
        cursor.executemany(_QUEUES, rows)
    connection.execute(_OLD_LOOKS)


def _ripe(
    connection: psycopg.Connection,
    rules: Iterable[str],
    findings: list[Finding],
    known: frozenset[tuple[str, str]],
) -> Iterator[Finding]:
    """Yield what is an alert already, or was found at every look for as long as its rule wants."""
    patient = [rule for rule in rules if GENERAL_RULES[rule].patience]
    suspects: list[Any] = [(one.rule, one.about) for one in findings if one.rule in patient]
    columns = [[rule for rule, _ in suspects], [about for _, about in suspects]]
    connection.execute(_CLEARED, [patient, *columns])
    connection.execute(_SUSPECT, columns)
    since = {(rule, about): age for rule, about, age in connection.execute(_SUSPECTED, [patient])}
    for one in findings:
        wanted = timedelta(seconds=GENERAL_RULES[one.rule].patience)
        if (one.rule, one.about) in known or since.get((one.rule, one.about), timedelta()) >= wanted:
            yield one
