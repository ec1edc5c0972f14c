"""What is said of a visit to somebody whose card is printed: asked for, promised."""

from typing import Any, Final
from uuid import UUID, uuid4

from tests.histories import History, event

OFFICE: Final = "33.74.10"


def promised_visit(history: History, request: UUID | None = None) -> list[dict[str, Any]]:
    """Return that a visit was asked for, and one promised to that request and to the resident of a history."""
    asked = str(request or uuid4())
    stop = {
        "kelurahan": "Sendangmulyo",
        "residents": [{"application": str(history.application), "purpose": "collect"}],
        "requests": {asked: 1},
    }
    promise: dict[str, Any] = {
        "office": "33.74",
        "kecamatan": OFFICE,
        "date": "2026-03-02",
        "begins": "2026-03-02T08:00:00+07:00",
    }
    return [
        event(asked, "visit-requested", office=OFFICE, category="disabled", count=1, kelurahan="Sendangmulyo"),
        event(uuid4(), "visit-planned", **promise, kit=1, why="exempt", stops=[stop]),
    ]
