"""The closed lists of reasons as a document for programs."""

from collections.abc import Mapping
from typing import Any

from schemas.reasons import REASONS, WAITS, Explanation


def document() -> dict[str, Any]:
    """Return every code with its meaning and remedy: parked (it cannot be) and held (it has to wait)."""
    return {"parked": _listed(REASONS), "held": _listed(WAITS)}


def _listed(codes: Mapping[Any, Explanation]) -> list[dict[str, str]]:
    return [{"code": str(code), "meaning": why.meaning, "remedy": why.remedy} for code, why in codes.items()]
