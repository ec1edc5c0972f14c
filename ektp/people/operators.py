"""How an operator says an event, at whatever door: it is read like any other, and carries who says it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from ektp.errors import WrongUse
from schemas.submission import Door, Submission, read_line


def operator_event(  # noqa: PLR0913 - an event has that many parts
    name: str, subject: str, data: Mapping[str, Any], *, by: str, door: Door, at: datetime | None = None
) -> Submission:
    """Return an event of now, or of *at*, as somebody says it; a field that is None is left out.

    Raises WrongUse for a field that cannot be.
    """
    wire = {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": f"/operators/{quote(by)}",
        "type": f"id.ektp.{name}.v1",
        "subject": subject,
        "time": (at or datetime.now(UTC)).isoformat(),
        "data": {key: value for key, value in data.items() if value is not None},
    }
    submission = read_line(json.dumps(wire).encode(), door=door)
    if submission.refusal is not None:
        raise WrongUse(f"{name}: {submission.refusal.detail}")
    return submission
