"""The step that runs a repair: a stretch at a time, so that other steps get their turn too."""

from uuid import UUID

from workflows.ports import Repairs
from workflows.steps.step import AskAgain, Done, Result, Step


def run_repair(repairs: Repairs, step: Step) -> Result:
    """Go on with one run of a repair, until it is over."""
    more = repairs.go_on(UUID(step.data["repair"]), step.data["run"])
    return AskAgain(step.now) if more else Done()
