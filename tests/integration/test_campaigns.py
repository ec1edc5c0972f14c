"""How far a campaign has come: in the summary, over HTTP and on the board, at the store's time."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from consumers.journal import Journal
from ektp.bootstrap import Parts
from ektp.reading.snapshot import snapshot
from ektp.reading.summary import summary
from ektp.storage.simulated_clock import begin_simulation, set_simulated_now
from tests.command_line import CommandLine, command_line
from tests.histories import invented_nik, said
from tests.web_client import parts_on, served

EXAMPLE = Path(__file__).parents[2] / "deploy" / "ektp.toml"
WIB = timezone(timedelta(hours=7))
KUDUS: dict[str, Any] = {
    "name": "Perekaman massal Kudus",
    "office": "33.19",
    "first": "2016-05-01",
    "last": "2016-09-30",
    "target": 601_696,
}


@pytest.fixture
def parts(database_url: str, tmp_path: Path) -> Iterator[Parts]:
    """Give parts that are configured as the example."""
    with parts_on(database_url, tmp_path / "home", config=EXAMPLE) as made:
        yield made


@pytest.fixture
def ektp(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, database_url: str
) -> Iterator[CommandLine]:
    """Give a command line that is configured as the example."""
    with command_line(monkeypatch, capsys, tmp_path, EKTP_DATABASE_URL=database_url, EKTP_CONFIG=str(EXAMPLE)) as made:
        yield made


def may(day: int, hour: int = 9, minute: int = 0) -> datetime:
    """Return a moment of May 2016, as the clocks in Kudus showed it."""
    return datetime(2016, 5, day, hour, minute, tzinfo=WIB)


def record(journal: Journal, *recordings: tuple[str, datetime]) -> None:
    """Record somebody at each of the offices and moments."""
    for office, at in recordings:
        journal.apply(
            [
                said(
                    uuid4(),
                    "recorded",
                    at=at,
                    nik=invented_nik(),
                    office=office,
                    attempt=1,
                    channel="kecamatan",
                    reason="first",
                    enrolment="E-331901-1",
                )
            ]
        )


def test_a_campaign_is_told_at_the_stores_time_by_the_days_of_its_office(
    engine: Engine, open_journal: Callable[[], Journal], ektp: CommandLine
) -> None:
    """Nothing before it begins; then what was recorded within it at the regency and its kecamatan, and the pace."""
    begin_simulation(engine, may(1, 0) - timedelta(minutes=1))
    journal = open_journal()
    record(journal, ("33.19", may(1, 0) - timedelta(minutes=2)))
    assert "campaigns" not in ektp.ask("summary")

    set_simulated_now(engine, may(16, 14, 30))
    record(journal, ("33.19", may(1, 0)), ("33.19.02", may(8)), ("33.19.02", may(16)), ("33.74.10", may(8)))
    told = {**KUDUS, "recorded": 3, "days_left": 138, "pace": 0.2, "needed": 4361}
    assert ektp.ask("summary")["campaigns"] == [told]
    lines = ektp("summary").out.splitlines()
    assert lines[-1].split() == [*KUDUS["name"].split(), "33.19", "2016-09-30", "3", "601696", "138", "0.2", "4361"]

    set_simulated_now(engine, may(16, 21))
    assert ektp.ask("summary")["campaigns"] == [{**told, "days_left": 137, "needed": 4392}]
    set_simulated_now(engine, may(16) + timedelta(days=200))
    record(journal, ("33.19", may(16) + timedelta(days=199)))
    assert ektp.ask("summary")["campaigns"] == [{**told, "days_left": 0, "pace": 0.0, "needed": None}]


def test_the_api_and_the_board_say_the_same(engine: Engine, open_journal: Callable[[], Journal], parts: Parts) -> None:
    """In words of either language, with the marks of its numbers."""
    begin_simulation(engine, may(16, 21))
    record(open_journal(), ("33.19.02", may(8)))
    with served(parts) as web:
        told = web.get("/api/v1/summary").json["campaigns"]
        indonesian = web.get("/", accept_language="id").text
        english = web.get("/board", accept_language="en").text
    assert told == [{**KUDUS, "recorded": 1, "days_left": 137, "pace": 0.1, "needed": 4392}]
    assert "Kampanye perekaman" in indonesian
    assert "601.696" in indonesian
    assert "Recording campaigns" in english
    assert "601,696" in english


def test_a_store_without_campaigns_is_asked_for_none(engine: Engine, database_url: str, tmp_path: Path) -> None:
    """The key is there only where a campaign has begun."""
    with parts_on(database_url, tmp_path) as plain:
        assert plain.campaigns is None
    with snapshot(engine) as connection:
        assert "campaigns" not in summary(connection)
