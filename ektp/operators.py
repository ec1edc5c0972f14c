"""How an operator says an event, at whatever door: it is read like any other, and carries who says it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from ektp.errors import WrongUse
from schemas.submission import Door, Submission, read_line


def operator_event(name: str, subject: str, data: Mapping[str, Any], *, by: str, door: Door) -> Submission:
    """Return an event of now as somebody says it; a field that is None is left out. Raises WrongUse for a wrong one."""
    wire = {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": f"/operators/{quote(by)}",
        "type": f"id.ektp.{name}.v1",
        "subject": subject,
        "time": datetime.now(UTC).isoformat(),
        "data": {key: value for key, value in data.items() if value is not None},
    }
    submission = read_line(json.dumps(wire).encode(), door=door)
    if submission.refusal is not None:
        raise WrongUse(f"{name}: {submission.refusal.detail}")
    return submission
