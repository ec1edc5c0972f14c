"""The month in which everything goes wrong: noticed in time, remedied, and nobody is left where nobody looks."""

from datetime import datetime, timedelta
from typing import Final

import pytest
from sqlalchemy import Engine

from ektp.config.calendars import Calendars
from ektp.config.config import Config
from ektp.config.timekeeping import OfficeTimekeeping
from ektp.reading.clocks import Clocks
from ektp.reading.paths import Slip, paths
from ektp.reading.snapshot import snapshot
from ektp.simulation.outcome import outcome
from ektp.simulation.repertoire import scenario
from ektp.simulation.troubles import Trouble
from ektp.simulation.working_days import WIB
from ektp.storage.simulated_clock import begin_simulation, set_simulated_now
from ektp.verification.invariants import verify
from tests.brokers import in_process
from tests.histories import NOON, History
from tests.plain_time import PLAIN
from tests.simulated import journal_on, live
from workflows.card_issuance import State

MONTH: Final = scenario("stuck-month").scaled(0.1)
DECREED: Final = OfficeTimekeeping(Config(), Calendars(Config()))
SEED: Final = 2018


@pytest.mark.slow
def test_nothing_stays_stuck_and_one_seed_is_one_history(
    database_url: str, another_database_url: str, engine: Engine
) -> None:
    """Two runs agree to the last event; each trouble is noticed on the day it fell due, and comes to an end."""
    with in_process() as broker, in_process() as other:
        first = live(broker, database_url, MONTH, SEED, keeping=DECREED)
        second = live(other, another_database_url, MONTH, SEED, keeping=DECREED, consumers=2)
    told, again = first.pop("outcome"), second.pop("outcome")
    assert first == second
    assert told.told() == again.told()
    assert told.kept, told.told()
    by_trouble = {row["trouble"]: row for row in told.told()["troubles"]}
    assert sum(row["applications"] for row in by_trouble.values()) == first["applications"] > 80
    for trouble in (Trouble.SETTLED, Trouble.FAILED, Trouble.SEARCH, Trouble.DUPLICATE, Trouble.OUTAGE):
        assert by_trouble[trouble]["applications"] > 0, trouble
    assert by_trouble[Trouble.SETTLED]["tried"]["resend-packet"] >= by_trouble[Trouble.SETTLED]["applications"]
    assert by_trouble[Trouble.SETTLED]["tried"]["delete-central-record"] > 0
    assert by_trouble[Trouble.SEARCH]["tried"]["retry-search"] >= by_trouble[Trouble.SEARCH]["applications"]
    assert by_trouble[Trouble.DUPLICATE]["tried"]["invite-resident"] == 0
    assert not [finding for finding in verify(engine, DECREED) if finding.violations]


def test_a_deadline_at_which_nothing_was_said_is_found_in_the_history(engine: Engine) -> None:
    """Where nobody swept somebody is stuck; and what is said on the day after was not in time."""
    begin_simulation(engine, NOON)
    journal, lost, late = journal_on(engine), History().recorded(), History().recorded()
    journal.apply([*lost.submissions(), *late.submissions()])
    wednesday = datetime(2026, 2, 18, 10, tzinfo=WIB)
    set_simulated_now(engine, wednesday)
    late.failed("SEARCH_FAILURE_AT_CENTRAL")
    journal.apply(late.submissions()[1:])
    set_simulated_now(engine, NOON + timedelta(days=7))
    with snapshot(engine) as connection:
        found = {one.application: one for one in paths(connection, PLAIN, [lost.application, late.application])}
        now = Clocks(connection, PLAIN).now
    stuck, slow = found[lost.application], found[late.application]
    due = datetime(2026, 2, 17, 15, tzinfo=WIB)
    assert (stuck.state, stuck.noticed, stuck.whose_move) == (State.RECORDED, None, "centre")
    assert [slip.due for slip in stuck.slips] == [due]
    assert (slow.slips[0], slow.noticed) == (Slip(due, wednesday), wednesday)
    told = outcome(dict.fromkeys(map(str, found), Trouble.SETTLED), found.values(), now).told()
    row = next(row for row in told["troubles"] if row["trouble"] == Trouble.SETTLED)
    assert (row["applications"], row["noticed"], row["ended"]["other"], told["kept"]) == (2, 0, 2, False)
