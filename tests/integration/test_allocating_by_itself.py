"""Nobody has to ask: the periodic step gives out, the consumers do where no step runs, a city does when it is quiet."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from ektp.allocation import CityAllocations
from ektp.bootstrap import Parts
from ektp.outreach import planner_on
from ektp.simulation.pipeline_view import PipelineView
from ektp.step_ports import step_runner
from ektp.storage.engine import transaction
from ektp.storage.steps.housekeeping import keep_house
from ektp.storage.steps.steps import add_steps
from ektp.verification.invariants import verify
from tests.printing_town import PrintingTown
from tests.web_client import parts_on
from workflows.steps.kinds import KINDS
from workflows.steps.step import NewStep

CONFIG: Final = '[offices."33.74"]\nallocator = "builtin"\n'


@pytest.fixture
def town(engine: Engine) -> PrintingTown:
    """Give a regency in which three wait for the two blanko that came."""
    made = PrintingTown(engine)
    for _ in range(3):
        made.waits()
    made.deliver(2)
    return made


@pytest.fixture
def parts(database_url: str, tmp_path: Path) -> Iterator[Parts]:
    """Give the parts of a process whose configuration says the same; its keys are its own."""
    file = tmp_path / "ektp.toml"
    file.write_text(CONFIG)
    with parts_on(database_url, tmp_path / "home", config=file) as made:
        yield made


def test_the_periodic_step_gives_out(town: PrintingTown, parts: Parts) -> None:
    """It comes every two seconds, and the next one finds nothing left."""
    step = NewStep("allocate", f"allocate:{uuid4()}", uuid4())
    with transaction(parts.engine) as connection:
        add_steps(connection, [step])
    assert step_runner(parts, KINDS, 30.0).run(step.id)
    assert len(town.given()) == 2
    assert town.asked("select state from steps where kind = 'allocate'") == [("done",)]
    assert [found for found in verify(parts.engine, parts.keeping) if found.violations] == []
    assert town.allocator.allocate().proposed == 0


def test_where_no_step_has_run_for_long_the_consumers_give_out(town: PrintingTown, parts: Parts) -> None:
    """Between two batches, as they pass the deadlines."""
    with transaction(parts.engine) as connection:
        connection.execute("update sweeps set swept = now()")
    keep_house(parts.engine, parts.journal(), parts.timekeeper, parts.allocations)
    assert town.given() == []
    with transaction(parts.engine) as connection:
        connection.execute("update sweeps set swept = now() - interval '1 minute'")
    keep_house(parts.engine, parts.journal(), parts.timekeeper, parts.allocations)
    assert len(town.given()) == 2


def test_a_city_is_not_quiet_before_what_lies_ready_is_given_out(town: PrintingTown, parts: Parts) -> None:
    """And only when nothing else is to be done: what is given out depends on no race."""
    allocations = CityAllocations(parts.engine, parts.allocator)
    view = PipelineView(parts.engine, parts.timekeeper, planner_on(parts), allocations)
    assert not view.quiet(())
    assert town.given() == [], "letters wait to leave"
    assert parts.allocations.allocate().proposed == 0, "the city alone decides when"
    sent = "update outbox set sent = now(), routed = true where sent is null"
    with transaction(parts.engine) as connection:
        connection.execute(sent)
    assert not view.quiet(())
    assert len(town.given()) == 2
    with transaction(parts.engine) as connection:
        connection.execute(sent)
    assert view.quiet(())
