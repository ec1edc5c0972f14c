"""`ektp city`: alone against a real broker and database, beside a pipeline that runs elsewhere."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from consumers.journal import Journal
from ektp.config.config import Config
from ektp.storage.simulated_clock import begin_simulation
from tests.command_line import CommandLine, command_line
from tests.histories import happy
from tests.plain_time import PLAIN
from tests.simulated import pipeline
from tests.told import told_into


@pytest.fixture
def ektp(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    database_url: str,
    amqp_url: str,
) -> Iterator[CommandLine]:
    """Give a command line on a broker and a database."""
    with command_line(monkeypatch, capsys, tmp_path, EKTP_DATABASE_URL=database_url, EKTP_BROKER_URL=amqp_url) as made:
        yield made


@pytest.mark.slow
def test_a_city_lives_beside_the_pipeline_to_its_end(
    ektp: CommandLine, amqp_url: str, engine: Engine, tmp_path: Path
) -> None:
    """It tells how far it is on stderr, and at the end what has become of everybody; the store is sound."""
    with pipeline(amqp_url, engine, told=told_into(tmp_path, PLAIN, Config())(engine)):
        told = ektp.ask("city", "--scenario", "week", "--seed", 7, "--scale", 0.5)
    assert (told["scenario"], told["seed"], told["done"]) == ("week", 7, True)
    assert told["summary"]["applications"] > 40
    assert told["summary"]["events"]["held"] == told["summary"]["outbox"]["pending"] == 0
    assert told["heard"] > told["summary"]["applications"]
    assert ektp.ask("verify")["ok"]


def test_a_store_with_real_people_is_refused(ektp: CommandLine, open_journal: Callable[[], Journal]) -> None:
    """Made-up residents never come among them."""
    open_journal().apply(happy().submissions())
    answer = ektp("city")
    assert answer.code == 2
    assert "real applications" in answer.err


def test_a_scenario_that_needs_rules_of_its_own_is_refused_where_they_are_others(ektp: CommandLine) -> None:
    """With the command that brings them; and that one refuses a configuration of somebody else's."""
    answer = ektp("city", "--scenario", "semarang")
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert "`ektp up --scenario semarang`" in answer.err


def test_a_backlog_is_not_played_where_its_time_is_over(
    ektp: CommandLine, engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The blanko that come at the end of 2017 would come to nobody."""
    rules = tmp_path / "rules.toml"
    rules.write_text('[offices."33.74"]\nallocator = "builtin"')
    monkeypatch.setenv("EKTP_CONFIG", str(rules))
    begin_simulation(engine, datetime(2018, 2, 5, tzinfo=UTC))
    answer = ektp("city", "--scenario", "semarang")
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert "begins in September 2016" in answer.err


def test_an_unknown_scenario_is_wrong_use(ektp: CommandLine) -> None:
    """With the names of those there are."""
    answer = ektp("city", "--scenario", "atlantis")
    assert (answer.code, answer.err) == (
        2,
        "ektp: there is no scenario atlantis: one of city, week, stuck-month, jemput-bola, semarang\n",
    )
