"""The forecast of a store, as somebody asks for it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Engine

from ektp.storage.simulated_clock import begin_simulation, set_simulated_now
from tests.command_line import CommandLine
from tests.histories import History, event
from tests.papers import read_paper

#: Monday, 5 February 2018, 10:00 in Semarang; Friday the 16th is Chinese New Year.
MONDAY: Final = datetime(2018, 2, 5, 3, tzinfo=UTC)
CLOSED: Final = timedelta(hours=6)
PRINTERS: Final = """
[offices."33.74".printing]
printers = { one = 3, two = 2 }
"""


@pytest.fixture
def store(ektp: CommandLine, engine: Engine) -> None:
    """Two working days on which twelve were verified and four printed; six blanko lie ready at the end."""
    begin_simulation(engine, MONDAY)
    people = [History() for _ in range(12)]
    received = event("33.74", "blanko-received", office="33.74", first="F-01", last="F-06", delivery_note="BA-1")
    printed = [one.recorded().verified().allocated().printed() for one in people[:4]]
    ektp("apply", ektp.file(received, *(told for one in printed for told in one.events)))
    set_simulated_now(engine, MONDAY + timedelta(days=1))
    ektp("apply", ektp.file(*(told for one in people[4:] for told in one.recorded().verified().events)))
    set_simulated_now(engine, MONDAY + timedelta(days=1) + CLOSED)


@pytest.mark.usefixtures("store")
def test_the_forecast_counts_on_from_what_the_store_has_seen(ektp: CommandLine) -> None:
    """Eight wait and six come a day, two can be printed: the stock ends after three days, the backlog never."""
    (told,) = ektp.ask("forecast", "33.74")
    figures = {name: told[name] for name in ("waiting", "stock", "verified_a_day", "printed_a_day", "window_days")}
    assert figures == {"waiting": 8, "stock": 6, "verified_a_day": 6.0, "printed_a_day": 2.0, "window_days": 2}
    assert told["backlog_ends"] is None
    assert told["stock_ends"] == {"working_days": 3, "date": "2018-02-09"}
    assert (told["need"], told["capability"], told["order"]) == (8 + 120 - 6, 40, 40)
    assert [told] == ektp.ask("forecast")
    assert "2018-02-09 (3 working days)" in ektp("forecast").out
    assert "122 in 20 working days" in ektp("forecast", "33.74").out


@pytest.mark.usefixtures("store")
def test_a_promised_delivery_can_be_printed_from_its_working_day_on(ektp: CommandLine) -> None:
    """That of a holiday on the next day the office opens: Friday the 16th is one, so it is Monday the 19th."""
    early = ektp.ask("forecast", "33.74", "--incoming", "2018-02-09=2")[0]
    late = ektp.ask("forecast", "33.74", "--incoming", "2018-02-16=2")[0]
    assert early["incoming"] == late["incoming"] == 2
    assert early["stock_ends"] == {"working_days": 4, "date": "2018-02-12"}
    assert late["stock_ends"] == {"working_days": 3, "date": "2018-02-09"}
    assert early["need"] == late["need"] == 120


@pytest.mark.usefixtures("store")
def test_what_the_printers_can_do_counts_more_than_what_they_did(
    ektp: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five a day in place of the two that were printed; in a shortage no more than the quota."""
    config = tmp_path / "ektp.toml"
    monkeypatch.setenv("EKTP_CONFIG", str(config))
    config.write_text(PRINTERS)
    (told,) = ektp.ask("forecast", "33.74")
    assert (told["capacity_a_day"], told["stock_ends"]["working_days"], told["order"]) == (5, 2, 100)
    config.write_text(PRINTERS + "quota = 1")
    (told,) = ektp.ask("forecast", "33.74")
    assert (told["capacity_a_day"], told["stock_ends"]["working_days"], told["order"]) == (1, 6, 20)


@pytest.mark.usefixtures("store")
def test_a_kecamatan_with_printers_of_its_own_has_a_forecast_of_its_own(
    ektp: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its queue is there; the blanko of the regency are not."""
    config = tmp_path / "ektp.toml"
    monkeypatch.setenv("EKTP_CONFIG", str(config))
    config.write_text('[offices."33.74.10".printing]\nprinters = { one = 3 }')
    told = {one["office"]: one for one in ektp.ask("forecast")}
    assert {office: (one["waiting"], one["stock"]) for office, one in told.items()} == {
        "33.74": (0, 6),
        "33.74.10": (8, 0),
    }


@pytest.mark.usefixtures("store")
def test_the_request_to_the_ministry_has_the_figures_of_the_forecast(ektp: CommandLine, tmp_path: Path) -> None:
    """As a PDF in the language of the offices, with the smaller of need and capability."""
    file = tmp_path / "permintaan.pdf"
    (told,) = ektp.ask("forecast", "33.74", "--letter", file)
    text, _ = read_paper(file.read_bytes())
    assert "40 keping blanko KTP elektronik" in text
    assert (told["order"], told["need"]) == (40, 122)
    for line in ("8 orang", "6,0 orang", "2,0 keping", "122 keping", "6 Februari 2018", "Kota Semarang"):
        assert line in text, line
    answer = ektp("forecast", "33.74", "--letter", tmp_path / "no-folder" / "letter.pdf")
    assert (answer.code, answer.err.count("\n")) == (2, 1)


def test_an_empty_store_has_nothing_to_forecast(ektp: CommandLine) -> None:
    """But an office that is asked for is answered."""
    assert ektp.ask("forecast") == []
    assert ektp("forecast").out == "nobody waits, and no blanko is in stock\n"
    (told,) = ektp.ask("forecast", "33.19")
    assert (told["waiting"], told["backlog_ends"]["working_days"], told["order"]) == (0, 0, 0)


@pytest.mark.parametrize(
    "words",
    [
        ["--letter", "letter.pdf"],
        ["99.99"],
        ["--incoming", "2018-03-01=5"],
        ["33.74", "--incoming", "soon=5"],
        ["33.74", "--incoming", "2018-03-01=0"],
    ],
)
def test_wrong_use_says_what_to_write(ektp: CommandLine, words: list[str]) -> None:
    """In one line."""
    answer = ektp("forecast", *words)
    assert (answer.code, answer.err.count("\n")) == (2, 1)
