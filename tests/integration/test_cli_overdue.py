"""The commands about time that is over, as somebody types them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine

from ektp.storage.simulated_clock import begin_simulation, set_simulated_now
from ektp.web.measures.measures import Measures
from tests.command_line import CommandLine
from tests.histories import History
from tests.plain_time import PLAIN

MONDAY: Final = datetime(2018, 2, 12, 2, tzinfo=UTC)
CONFIG: Final = """
[offices."33.74"]
reviewer = "Contoh Reviewer"
superior = "Contoh Superior"
"""


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """Give the settings of an office that names who reviews."""
    config = tmp_path / "ektp.toml"
    config.write_text(CONFIG)
    return {"EKTP_CONFIG": str(config)}


def test_sweep_applies_what_is_due_and_stuck_says_why_and_what_comes_next(ektp: CommandLine, engine: Engine) -> None:
    """By cause, office, whose move, who answers; as a table for people and as a list for scripts."""
    begin_simulation(engine, MONDAY)
    silent, review, held = History().recorded(), History().recorded().failed("ADJUDICATE_RECORD"), History().allocated()
    ektp("apply", ektp.file(*silent.events, *review.events, *held.events))
    assert ektp.ask("stuck") == []
    assert ektp("stuck").out == "nothing is stuck\n"
    assert ektp.ask("sweep")["proposed"] == 0
    set_simulated_now(engine, MONDAY + timedelta(days=30))
    assert {row["application"] for row in ektp.ask("stuck")} == {
        str(one.application) for one in (silent, review, held)
    }, "also before it is swept"
    swept = ektp.ask("sweep")
    assert (swept["applied"], swept["held"]) == (swept["proposed"], 1)
    assert swept["applied"] > 4
    rows = {row["application"]: row for row in ektp.ask("stuck")}
    row = rows[str(review.application)]
    assert (row["cause"], row["whose_move"], row["owner"], row["passed"]) == (
        "under-review", "office", "Contoh Superior", ["promise", "review-late"],
    )  # fmt: skip
    assert row["next"]["then"] == "escalate"
    assert row["next"]["at"] > "2018-03-14"
    row = rows[str(silent.application)]
    assert (row["cause"], row["state"], row["whose_move"], row["owner"]) == (
        "deletion-requested",
        "deletion-requested",
        "centre",
        None,
    )
    row = rows[str(held.application)]
    assert (row["cause"], row["passed"], row["next"]) == ("waits-for-recording", ["held-too-long"], None)
    assert row["age"] > 15
    table = ektp("stuck", "--office", "33.74").out.splitlines()
    assert table[0].split() == ["CAUSE", "OFFICE", "COUNT", "OLDEST", "WHOSE", "MOVE", "WHO", "ANSWERS", "NEXT"]
    assert len(table) == 4
    assert ektp.ask("stuck", "--office", "33.75") == []
    assert [row["cause"] for row in ektp.ask("stuck", "--cause", "under-review")] == ["under-review"]
    assert ektp("stuck", "--cause", "laziness").code == 2
    assert "proposed" in ektp("sweep").out
    assert ektp.ask("verify")["ok"]


def test_the_measures_say_how_much_is_overdue_and_what_was_done(ektp: CommandLine, engine: Engine) -> None:
    """By state, deadline, request and what became of it."""
    begin_simulation(engine, MONDAY)
    history = History().recorded()
    ektp("apply", ektp.file(*history.events))
    set_simulated_now(engine, MONDAY + timedelta(days=8))
    ektp("sweep")
    ektp("apply", ektp.file(*answered(history)))
    told = Measures(engine, PLAIN).written().decode()
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(told)
        for sample in family.samples
    }
    assert samples["ektp_overdue", "recorded"] == 1
    assert 5 < samples["ektp_overdue_oldest_days", "recorded"] < 7
    assert samples["ektp_deadlines_passed", "promise"] == samples["ektp_deadlines_passed", "no-news"] == 1
    assert samples["ektp_remedies", "asked", "resend-packet"] == 1
    assert samples["ektp_remedies", "answered", "resend-packet"] == 1


def answered(history: History) -> list[dict[str, object]]:
    """Return the news that come of a packet that was sent again."""
    history.events.clear()
    return history.tell("enrolment-progressed", station="centre", attempt=1, status="PROCESSING", try_=2).events
