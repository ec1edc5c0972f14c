"""What checking one invariant gives: how much was looked at, what was wrong, and where."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

Advance = Callable[[int], None]
_EXAMPLES: Final = 10


@dataclass(slots=True)
class Finding:
    """The count of one invariant; `examples` are the first things that were wrong, by id or name, never a person."""

    name: str
    checked: int = 0
    violations: int = 0
    examples: list[str] = field(default_factory=list)

    def expect(self, holds: bool, where: object) -> bool:
        """Count a violation at *where* unless it holds; return whether it does."""
        if not holds:
            self.violations += 1
            if len(self.examples) < _EXAMPLES:
                self.examples.append(str(where))
        return holds


Check = Callable[[Connection, Advance], list[Finding]]
"""Counts one or several invariants in the snapshot of the connection, telling how many rows it has looked at."""
