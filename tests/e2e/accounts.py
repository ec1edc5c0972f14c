"""What must hold when everything has come to rest, asked of the pipeline from outside."""

from collections import Counter
from typing import Any, Final

import psycopg

from tests.bad_inputs import BadInput
from tests.e2e.pipeline import Pipeline
from tests.e2e.tap import Tap, faults_of
from tests.histories import History

CLOSED_KEY: Final = "key-not-understood"
NOTICES: Final = "select count(*) from outbox where exchange = 'ektp.notices'"


class AtRest:
    """Tells whether so many cards are collected and messages parked, and nothing is held or waits to leave."""

    ASKED: Final = """
        select (select count(*) from applications where state = 'collected'), (select count(*) from parked),
               (select count(*) from held), (select count(*) from outbox where sent is null)
    """

    def __init__(self, pipeline: Pipeline, collected: int, parked: int = 0) -> None:
        self._pipeline, self._wanted = pipeline, (collected, parked, 0, 0)
        self._seen: tuple[Any, ...] = ()

    def __call__(self) -> bool:
        """Look at the store itself: a command for each look would take longer than what is waited for."""
        self._seen = rows(self._pipeline, self.ASKED)[0]
        return self._seen == self._wanted

    def __str__(self) -> str:
        return f"(collected, parked, held, pending) = {self._wanted}, last seen {self._seen},"


class AllHeard:
    """Tells whether every notice that was written has come to the tap."""

    def __init__(self, pipeline: Pipeline, tap: Tap) -> None:
        self._pipeline, self._tap = pipeline, tap

    def __call__(self) -> bool:
        """Count both."""
        return bool(self._tap.came() == rows(self._pipeline, NOTICES)[0][0])

    def __str__(self) -> str:
        return f"hearing {rows(self._pipeline, NOTICES)[0][0]} notices, of which {self._tap.came()} came,"


def violations(pipeline: Pipeline) -> dict[str, int]:
    """Return the invariants that `ektp verify` found broken; fail where it looked at nothing."""
    told = pipeline.ask("verify")
    assert told["ok"] is True, told
    assert sum(one["checked"] for one in told["invariants"]) > 0, told
    return {one["name"]: one["violations"] for one in told["invariants"] if one["violations"]}


def parked_counts(pipeline: Pipeline) -> Counter[tuple[str | None, str]]:
    """Return how often which reason was parked for which station, as the command lists it."""
    return Counter((one["station"], one["reason"]) for one in pipeline.ask("parked", "list"))


def expected_parked(case: BadInput, key: str) -> tuple[str | None, str]:
    """Return the station and the reason under which a bad input that came with this key must be found."""
    return (None if case.expected == CLOSED_KEY else key.split(".")[1]), str(case.expected)


def rows(pipeline: Pipeline, query: str) -> list[tuple[Any, ...]]:
    """Ask the store."""
    with psycopg.connect(pipeline.database_url) as connection:
        return connection.execute(query).fetchall()


def assert_all_told(pipeline: Pipeline, tap: Tap, histories: list[History]) -> None:
    """Every card is collected, every event is in history once, every notice came, in order and without a gap."""
    distinct = sum(len(history.events) for history in histories)
    told = pipeline.ask("summary")
    assert told["states"]["collected"] == told["applications"] == len(histories)
    assert told["events"]["applied"] + told["events"]["superseded"] == distinct
    assert (told["events"]["held"], told["events"]["parked"], told["outbox"]["pending"]) == (0, 0, 0)
    kept = {str(row[0]) for row in rows(pipeline, "select id from history")}
    assert kept == {event["id"] for history in histories for event in history.events}
    assert rows(pipeline, "select count(*) from history") == [(distinct,)]
    deliveries = list(tap.deliveries)
    assert faults_of(deliveries) == []
    written = {str(row[0]) for row in rows(pipeline, "select id from outbox where exchange = 'ektp.notices'")}
    assert {one.id for one in deliveries} == written
    heard = Counter(one.application for one in {one.id: one for one in deliveries}.values())
    assert dict(heard) == {str(name): count for name, count in rows(pipeline, "select id, notices from applications")}
    assert violations(pipeline) == {}
