"""How a step reports: by events through the one door, with ids that are the same however often it runs."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid5

from schemas.moments import write_moment
from schemas.submission import Door, Submission, read_event
from workflows.steps.step import Step


def report(step: Step, name: str, time: datetime, data: Mapping[str, Any]) -> Submission:
    """Return the event *name* about the step's application.

    Its id is derived from the step and from everything it says: a step that was killed between reporting and ending
    says the same again, and that is a repetition. So `time` must be a time out of the answer or out of the step's data,
    never of the run. Raises Refused for data that are not of the contract.
    """
    said = {
        "specversion": "1.0",
        "source": f"/pipeline/steps/{step.kind}",
        "type": f"id.ektp.{name}.v1",
        "subject": str(step.application),
        "time": write_moment(time),
        "data": dict(data),
    }
    said["id"] = str(uuid5(step.id, json.dumps(said, sort_keys=True, ensure_ascii=False)))
    event = read_event(said)
    return Submission(Door.SYSTEM, "", event.canonical(), event, None)
