"""The month in which everything goes wrong, as its residents heard of it: counted from the sink, not from our rows."""

import sys
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import pytest
from sqlalchemy import Engine

from consumers.failpoints import plant
from consumers.steps import StepRunner
from ektp.config.calendars import Calendars
from ektp.config.config import Config
from ektp.config.timekeeping import OfficeTimekeeping
from ektp.simulation.repertoire import scenario
from ektp.simulation.scenarios import Delivery
from ektp.storage.engine import transaction
from ektp.storage.simulated_clock import let_steps_follow, set_simulated_now
from ektp.storage.steps.steps import PostgresSteps
from ektp.verification.invariants import verify
from tests.brokers import in_process
from tests.residents import lines_of
from tests.simulated import Told, journal_on, live
from tests.step_fakes import House
from tests.told import told_into
from workflows.messages import TOLD
from workflows.steps.kinds import KINDS

#: With blanko that run out, too; residents are told in the morning only.
MONTH: Final = replace(scenario("stuck-month"), deliveries=(Delivery(0, 450), Delivery(17, 1050))).scaled(0.1)
CONFIG: Final = Config.model_validate({"messages": {"quiet": "12:30-07:00"}})
DECREED: Final = OfficeTimekeeping(CONFIG, Calendars(CONFIG))
SEED: Final = 2018
_FACTS: Final = """
select id, split_part(routing_key, '.', 1), (body::json->>'time')::timestamptz,
    substr(routing_key, strpos(routing_key, '.') + 1)
from outbox where exchange = 'ektp.notices' and split_part(routing_key, '.', 1) = any(%s)
"""
_NEXT: Final = "select due, id from steps where kind = 'deliver-message' and state = 'waiting' order by due, id limit 1"
_OUTAGES: Final = """
select messages.fact, notice, at, office from messages where notice like 'outage-%%'
"""


class Fact(NamedTuple):
    """Something that happened to an application, or to all of an office."""

    id: str
    notice: str
    at: datetime
    office: str


class Row(NamedTuple):
    """What is counted of one notice: facts, messages, the longest delay, and how many came after their deadline."""

    facts: int
    messages: int
    longest: timedelta
    late: int


def live_on(engine: Engine, told: Told) -> None:
    """Let the clock go on until whoever waited for the last morning was told."""
    runner = StepRunner(
        PostgresSteps(engine), partial(journal_on, engine), replace(House().ports(), **vars(told)), KINDS
    )
    while (due := next_due(engine)) is not None:
        set_simulated_now(engine, due[0])
        let_steps_follow(engine)
        runner.run(due[1])


def next_due(engine: Engine) -> tuple[datetime, UUID] | None:
    """Return the message's step that comes next."""
    with transaction(engine) as connection:
        return connection.execute(_NEXT).fetchone()


def asked(engine: Engine, statement: str, values: list[Any] | None = None) -> list[Fact]:
    """Return facts of the store."""
    with transaction(engine) as connection:
        return [Fact(str(one), *rest) for one, *rest in connection.execute(statement, values)]


def counted(facts: list[Fact], lines: list[dict[str, Any]]) -> dict[str, Row]:
    """Compare what happened with what was told, by notice."""
    sent = {line["fact"]: datetime.fromisoformat(line["at"]) for line in lines}
    rows = dict[str, Row]()
    for notice in sorted({one.notice for one in facts}):
        ones = [one for one in facts if one.notice == notice]
        delays = [sent[one.id] - one.at for one in ones if one.id in sent]
        late = sum(
            sent[one.id] > DECREED.calendar(one.office).closing(one.at, 1, one.at) for one in ones if one.id in sent
        )
        rows[notice] = Row(len(ones), len(delays), max(delays, default=timedelta()), late)
    return rows


def table(rows: dict[str, Row]) -> str:
    """Write the counts for whoever reads the run."""
    lines = [
        f"{name:24} {row.facts:6} {row.messages:8}  {row.longest!s:>16} {row.late:5}" for name, row in rows.items()
    ]
    return "\n".join(["", "notice                    facts messages     longest delay  late", *lines, ""])


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_resident_of_the_stuck_month_was_told_in_time_and_of_no_fact_twice(
    database_url: str, engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever failed, was recorded again, reviewed, waited or was kept waiting; also where a worker died in between."""
    deaths = Counter[str]()

    def die() -> None:
        deaths["sent"] += 1
        raise RuntimeError("the worker dies with the message at the gateway")

    plant("message-after-send", die)
    with in_process() as broker:
        lived = live(broker, database_url, MONTH, SEED, keeping=DECREED, told=told_into(tmp_path, DECREED, CONFIG))
    assert lived["outcome"].kept
    live_on(engine, told_into(tmp_path, DECREED, CONFIG)(engine))
    lines = lines_of(tmp_path)
    rows = counted(asked(engine, _FACTS, [list(TOLD)]), lines)
    with capsys.disabled():
        sys.stdout.write(table(rows))
    assert deaths["sent"] == 1
    assert len(lines) > 500
    assert len({line["id"] for line in lines}) == len(lines)
    for notice in (
        "application-failed",
        "re-recording-required",
        "review-opened",
        "deadline-missed",
        "waiting-for-blanko",
    ):
        assert rows[notice].facts > 0, notice
    assert all(row.facts == row.messages and not row.late for row in rows.values()), rows
    broadcast = Counter(one.notice for one in asked(engine, _OUTAGES))
    assert broadcast["outage-declared"] == broadcast["outage-ended"] > 0
    by_line = Counter((line["fact"], line["contact"]) for line in lines)
    assert max(by_line.values()) == 1, "nobody was told twice of one fact"
    with transaction(engine) as connection:
        states = dict(connection.execute("select state, count(*) from messages group by 1").fetchall())
    assert states == {"sent": len(lines)}
    assert not [finding for finding in verify(engine, DECREED) if finding.violations]
