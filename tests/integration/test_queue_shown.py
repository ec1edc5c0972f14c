"""The queue as people see it: the command, the API, the measures, the reason in an application's own story."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Engine

from ektp.storage.engine import transaction
from ektp.web.measures.measures import Measures
from tests.command_line import CommandLine, command_line
from tests.histories import said
from tests.printing_town import PrintingTown
from tests.web_client import parts_on, served

SETTINGS: Final[dict[str, Any]] = {"printing": {"printers": {"one": 2}}, "queue": {"weights": {"new": 3}}}
CONFIG: Final = """
[offices."33.74"]
allocator = "builtin"
printing = {printers = {one = 2}}
queue = {weights = {new = 3}}
"""


@pytest.fixture
def town(engine: Engine) -> PrintingTown:
    """Give a regency in which four wait, one of them in person, and two of them too young; no blanko yet."""
    made = PrintingTown(engine, **SETTINGS)
    came, *_ = [made.waits() for _ in range(2)]
    made.tell(said(came.application, "print-requested", counter="c1"))
    for _ in range(2):
        made.waits(birth_date="2013-01-01")
    return made


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Give the same settings as a file."""
    file = tmp_path / "ektp.toml"
    file.write_text(CONFIG)
    return file


@pytest.fixture
def ektp(
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    database_url: str,
) -> Iterator[CommandLine]:
    """Give a command line on this store."""
    with command_line(monkeypatch, capsys, tmp_path, EKTP_DATABASE_URL=database_url, EKTP_CONFIG=str(config)) as made:
        yield made


def test_the_command_shows_lanes_who_is_next_and_why_nothing_moves(town: PrintingTown, ektp: CommandLine) -> None:
    """Without blanko it says so; then the two that may have one are next, in this order; then the day is full."""
    (told,) = ektp.ask("blanko", "queue", "33.74.10")
    assert (told["office"], told["waiting"], told["too_young"], told["stopped"]) == ("33.74", 4, 2, "no-blanko")
    lanes = {one["lane"]: (one["waiting"], one["weight"]) for one in told["lanes"]}
    assert lanes == {"again": (0, None), "urgent": (0, 4), "in-person": (1, 4), "new": (3, 3), "backlog": (0, 4)}
    assert "nothing is given out: no blanko is in stock\n" in ektp("blanko", "queue").out
    town.deliver(3)
    (told,) = ektp.ask("blanko", "queue")
    assert (told["stopped"], told["in_stock"]) == (None, 3)
    assert [one["lane"] for one in told["next"]] == ["in-person", "new"]
    assert told["next"][0]["because"].endswith("; 4 of 7 shares")
    assert town.allocator.allocate().applied == 2
    assert [str(row[0]) for row in town.given()] == [one["application"] for one in told["next"]]
    (told,) = ektp.ask("blanko", "queue")
    assert (told["stopped"], told["given_today"], told["capacity"]) == ("capacity-reached", 2, 2)
    assert "nothing is given out: the printers have all they can print in a day\n" in ektp("blanko", "queue").out
    assert ektp("blanko", "queue", "nowhere").code == 2


def test_an_application_tells_why_it_was_its_turn(town: PrintingTown, ektp: CommandLine) -> None:
    """Whoever jumps the queue is seen to."""
    town.deliver(1)
    town.allocator.allocate()
    ((application, _, because),) = town.given()
    shown = ektp.ask("show", str(application))
    assert [row["because"] for row in shown["history"] if "because" in row] == [because]
    assert because.startswith("in-person, first card, waiting since ")
    assert because in ektp("show", str(application)).out


def test_an_office_whose_warehouse_decides_shows_who_waits_only(engine: Engine, ektp: CommandLine) -> None:
    """Nobody is promised to be next."""
    assert ektp("blanko", "queue").out == "nobody waits for a blanko\n"
    PrintingTown(engine, **SETTINGS).waits(office="33.19.01")
    (told,) = ektp.ask("blanko", "queue")
    assert (told["office"], told["waiting"], told["stopped"], told["next"]) == (
        "33.19", 1, "allocator-is-external", []
    )  # fmt: skip


def test_the_api_answers_what_the_command_prints(
    town: PrintingTown, ektp: CommandLine, config: Path, database_url: str, tmp_path: Path
) -> None:
    """To readers; of an office or of all."""
    with parts_on(database_url, tmp_path / "home", config=config) as parts, served(parts) as web:
        assert web.get("/api/v1/queue").json == ektp.ask("blanko", "queue")
        assert web.get("/api/v1/queue?office=33.74.10").json == ektp.ask("blanko", "queue")
        assert web.get("/api/v1/queue?office=nowhere").status == 422
        assert web.get("/api/v1/queue", authorization=None).status == 401


def test_the_measures_tell_who_waits_and_where_nothing_moves(town: PrintingTown, engine: Engine) -> None:
    """By office and lane; a printer by its office alone."""
    with transaction(engine) as connection:
        told = "insert into tallies (office, kind, key, delta) values ('33.74', 'printer-fails', '2026-02-09 one', 1)"
        connection.execute(told)
    lines = Measures(engine, town.keeping).written().decode().splitlines()
    assert 'ektp_queue_waiting{lane="new",office="33.74"} 3.0' in lines
    assert 'ektp_queue_stopped{because="no-blanko",office="33.74"} 1.0' in lines
    assert 'ektp_printer_alarms{office="33.74"} 1.0' in lines
