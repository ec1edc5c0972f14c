"""An office that runs out says so once, by the outbox, and asks for more."""

import json
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import TypeAdapter
from sqlalchemy import Engine, text

from consumers.journal import Journal
from ektp.config.config import read_config
from ektp.storage.stock.shelves import PostgresShelves
from ektp.verification.invariants import verify
from ektp.web.measures.measures import Measures
from schemas.notices import NOTICES
from schemas.requests import REQUESTS
from tests.histories import History
from tests.plain_time import CALENDAR, PLAIN, SameEverywhere
from tests.stock import OFFICE, OTHER, moved, received, supplied, told
from workflows.deadlines import Policy

KEEPING = SameEverywhere(CALENDAR, Policy(reorder=(("blanko", 8), ("ribbon", 2))))


@pytest.fixture
def shelves(engine: Engine) -> PostgresShelves:
    """Give the shelves of offices that order below eight blanko and two ribbons."""
    return PostgresShelves(engine, KEEPING)


def letters(engine: Engine) -> list[tuple[str, dict[str, object]]]:
    """Return what left about stock: the key and the data, each valid by its model."""
    question = "select exchange, routing_key, body from outbox where application not in (select id from applications)"
    found = []
    with engine.connect() as connection:
        for exchange, key, body in connection.execute(text(f"{question} order by seq")):
            models = NOTICES if exchange == "ektp.notices" else REQUESTS
            TypeAdapter(models[key.partition(".")[0]]).validate_json(body)
            wire = json.loads(body)
            found.append((key, {"sequence": wire["sequence"], **wire["data"]}))
    return found


def test_an_office_that_never_had_a_blanko_is_told_when_somebody_waits(
    engine: Engine, open_journal: Callable[[], Journal], shelves: PostgresShelves
) -> None:
    """Nothing has to have been there to be missed."""
    assert shelves.watch() == []
    open_journal().apply(History().recorded().verified().submissions())
    assert shelves.watch() == [(OFFICE, "blanko", 0)]
    assert [key for key, _ in letters(engine)] == [f"stock-low.{OFFICE}", f"deliver-blanko.{OFFICE}"]


def test_a_stock_that_falls_below_its_point_is_told_once_until_it_was_above(
    engine: Engine, open_journal: Callable[[], Journal], shelves: PostgresShelves
) -> None:
    """With the request for as many as all need that wait; the next fall is the next number."""
    journal = open_journal()
    journal.apply(told(received("AA001", "AA010")))
    assert shelves.watch() == []
    waiting = [History().recorded().verified() for _ in range(3)]
    journal.apply([one for history in waiting for one in history.submissions()])
    journal.apply(told(moved("lent", "AA001", "AA004", to=OTHER)))
    assert shelves.watch() == [(OFFICE, "blanko", 6)]
    assert shelves.watch() == []
    (low, low_data), (ask, asked) = letters(engine)
    assert (low, ask) == (f"stock-low.{OFFICE}", f"deliver-blanko.{OFFICE}")
    assert low_data | {"sequence": "1", "in_stock": 6, "waiting": 3, "whose_move": "warehouse"} == low_data
    assert asked["count"] == 3 + 8 - 6
    journal.apply(told(moved("came-back", "AA001", "AA004")))
    assert shelves.watch() == []
    journal.apply(told(moved("returned", "AA001", "AA009")))
    assert shelves.watch() == [(OFFICE, "blanko", 1)]
    assert [data["sequence"] for key, data in letters(engine) if key.startswith("stock-low")] == ["1", "2"]
    assert [one for one in verify(engine, PLAIN) if one.violations] == []


def test_ribbons_that_run_out_are_told_in_the_same_series(
    engine: Engine, open_journal: Callable[[], Journal], shelves: PostgresShelves
) -> None:
    """The office buys them itself: nothing is asked of the centre."""
    journal = open_journal()
    journal.apply(told(received("AA001", "AA003"), supplied("supplies-received", count=1)))
    assert shelves.watch() == [(OFFICE, "blanko", 3), (OFFICE, "ribbon", 1)]
    (_, first), _, (key, data) = letters(engine)
    assert key == f"stock-low.{OFFICE}"
    assert (first["sequence"], data["sequence"], data["supply"], data["whose_move"]) == ("1", "2", "ribbon", "office")


def test_two_who_look_at_once_tell_once(
    engine: Engine, open_journal: Callable[[], Journal], shelves: PostgresShelves
) -> None:
    """Whoever comes second finds it told."""
    open_journal().apply(told(received("AA001", "AA003")))
    seen: list[object] = []
    lookers = [Thread(target=lambda: seen.extend(shelves.watch())) for _ in range(4)]
    for looker in lookers:
        looker.start()
    for looker in lookers:
        looker.join()
    assert seen == [(OFFICE, "blanko", 3)]
    assert len(letters(engine)) == 2


def test_a_kecamatan_has_no_reorder_point_unless_it_sets_one(tmp_path: Path) -> None:
    """Its regency supplies it."""
    file = tmp_path / "ektp.toml"
    file.write_text("""
[offices."33.74"]
reorder = {blanko = 1500, ribbon = 2}
yields = {ribbon = 450}
[offices."33.74.01"]
reorder = {blanko = 50}
""")
    config = read_config(file)
    assert dict(config.reorder("33.74")) == {"blanko": 1500, "ribbon": 2}
    assert dict(config.reorder("33.74.01")) == {"blanko": 50}
    assert config.reorder("33.74.02") == {}
    assert dict(config.office("33.74.02").yields) == {"ribbon": 450}


def test_the_measures_count_stock_loans_and_supplies_and_name_no_serial(
    engine: Engine, open_journal: Callable[[], Journal]
) -> None:
    """By office and place, by other office, by supply and printer."""
    journal = open_journal()
    journal.apply(told(received("AA001", "AA009"), moved("lent", "AA001", "AA002", to=OTHER)))
    journal.apply(told(supplied("supplies-received", count=3), supplied("supply-loaded", printer="printer1")))
    journal.apply(told(supplied("supplies-moved", movement="lent", to=OTHER, because="as agreed")))
    journal.apply(told(supplied("supply-loaded", printer="printer1"), supplied("supply-loaded", printer="printer1")))
    written = Measures(engine, KEEPING).written().decode()
    assert "AA00" not in written
    samples = {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(written)
        for sample in family.samples
    }
    assert samples["ektp_blanko", OFFICE, "in-stock"] == 7
    assert samples["ektp_blanko", OFFICE, "lent"] == 2
    assert samples["ektp_loans", OFFICE, OTHER, "blanko"] == 2
    assert samples["ektp_loans", OFFICE, OTHER, "ribbon"] == 1
    assert samples["ektp_supplies", OFFICE, "ribbon"] == 0
    assert samples["ektp_supply_differences", OFFICE, "ribbon"] == 1
    assert samples["ektp_supply_cards_left", OFFICE, "printer1", "ribbon"] == 500
    assert samples["ektp_stock_low", OFFICE, "blanko"] == 1
