"""The step that sends a subscriber once more what it should have heard: a stretch at a time."""

from uuid import UUID

from workflows.ports import Replays
from workflows.steps.step import AskAgain, Done, Result, Step


def run_replay(replays: Replays, step: Step) -> Result:
    """Go on with a replay, until it is over."""
    pause = replays.go_on(UUID(step.data["replay"]))
    return Done() if pause is None else AskAgain(step.now + pause)
