"""How often a step is tried, and how long it rests between two tries."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Patience:
    """Exponential pauses with full jitter: between nothing and `base` doubled with each attempt, at most `cap`."""

    base: timedelta = timedelta(seconds=2)
    cap: timedelta = timedelta(minutes=10)
    most: int = 12  # attempts, those included that ended with the process

    def is_over(self, attempts: int) -> bool:
        """Tell whether so many attempts were all."""
        return attempts >= self.most

    def pause(self, attempts: int, chance: float) -> timedelta:
        """Return the rest after so many attempts; `chance` is drawn evenly from [0, 1)."""
        # The exponent has an end, or a patient step's would overflow.
        return min(self.base * 2.0 ** min(attempts - 1, 20), self.cap) * chance
