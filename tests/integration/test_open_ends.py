"""What no deadline brings up is seen all the same: too early recordings, cards that nobody gave back."""

from datetime import UTC, datetime, timedelta
from typing import Final

from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine

from ektp.bootstrap import Parts
from ektp.step_ports import step_runner
from ektp.storage.engine import transaction
from ektp.storage.simulated_clock import begin_simulation, set_simulated_now
from ektp.web.measures.measures import Measures
from tests.command_line import CommandLine
from tests.histories import History
from tests.plain_time import PLAIN
from workflows.steps.kinds import KINDS

MONDAY: Final = datetime(2018, 2, 12, 2, tzinfo=UTC)


def run_steps(parts: Parts) -> None:
    """Run what is due, as a worker does."""
    runner = step_runner(parts, KINDS, 30.0)
    while due := parts.steps().due(100, timedelta()):
        for one in due:
            runner.run(one.id)


def test_a_recording_before_its_deletion_is_stuck_at_once(ektp: CommandLine, engine: Engine) -> None:
    """In the list of what is stuck, in `show` and in the measures; with the confirmation it is gone."""
    history = History().recorded().failed("ENROLL_FAILURE_AT_CENTRAL").recorded(2)
    answer = ektp.ask("apply", ektp.file(*history.events))
    assert answer["outcomes"][2]["reason"] == "waits-for-deletion"
    (row,) = ektp.ask("stuck", "--cause", "recorded-too-early")
    assert (row["application"], row["held"], row["whose_move"]) == (
        str(history.application), history.events[2]["id"], "centre",
    )  # fmt: skip
    (held,) = ektp.ask("show", history.application)["held"]
    assert held["waits_for"] == "waits-for-deletion"
    assert measured(engine) == {"recorded-too-early": 1.0}
    ektp.ask("apply", ektp.file(*history.deleted().events))
    assert ektp.ask("stuck", "--cause", "recorded-too-early") == []
    assert measured(engine) == {}
    assert ektp.ask("show", history.application)["attempt"] == 2


def test_a_card_that_nobody_gives_back_is_stuck_until_it_is_destroyed(
    ektp: CommandLine, engine: Engine, parts: Parts
) -> None:
    """Its application is over and has no deadline; the three requests and the step that was given up remain."""
    begin_simulation(engine, MONDAY)
    history = History().recorded().verified().allocated().printed().tell("application-cancelled", because="died")
    ektp.ask("apply", ektp.file(*history.events))
    for weeks in (2, 4, 6):
        assert ektp.ask("stuck", "--cause", "recorded-too-early") == []
        set_simulated_now(engine, MONDAY + timedelta(weeks=weeks))
        run_steps(parts)
    (row,) = ektp.ask("stuck", "--cause", "destroy-card-unanswered")
    assert (row["application"], row["state"], row["whose_move"], row["next"]) == (
        str(history.application), "cancelled", "office", None,
    )  # fmt: skip
    assert ektp("stuck").code == 0
    with transaction(engine) as connection:
        asked = connection.execute("select count(*) from outbox where routing_key like 'destroy-card.%'").fetchone()
    assert asked == (3,)
    assert ektp.ask("verify")["ok"]
    witnesses = ["Contoh Satu", "Contoh Dua"]
    history.tell("card-destroyed", blanko=history.blanko(), document="BA-1", by=witnesses)
    ektp.ask("apply", ektp.file(*history.events))
    assert ektp.ask("stuck", "--cause", "recorded-too-early") == []


def measured(engine: Engine) -> dict[str, float]:
    """Return the measure of events that are held, by cause."""
    text = Measures(engine, PLAIN).written().decode()
    (held,) = (one for one in text_string_to_metric_families(text) if one.name == "ektp_held")
    return {sample.labels["cause"]: sample.value for sample in held.samples}
