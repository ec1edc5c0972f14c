"""Chance with a key: each draw depends on the seed and on what it is about, never on what was drawn before."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Final, TypeVar
from uuid import UUID, uuid5

Choice = TypeVar("Choice")
_IDS: Final = UUID("5f0c1b52-6a3e-4c61-9a0e-3f1f0e5b7a03")
_FINENESS: Final = 53  # bits that a float in [0, 1) can tell apart


class Chance:
    """The draws of one run; `about` names the question (who, what for, the how manyth time)."""

    def __init__(self, seed: int, run: int) -> None:
        self._key = f"{seed}:{run}"

    def draw(self, *about: object) -> float:
        """Return a number from 0 up to, but not, 1."""
        digest = blake2b(self._text(about).encode(), digest_size=8).digest()
        return (int.from_bytes(digest, "big") >> (64 - _FINENESS)) / float(1 << _FINENESS)

    def happens(self, rate: float, *about: object) -> bool:
        """Tell whether something that happens at this rate (0 to 1) happens."""
        return self.draw(*about) < rate

    def between(self, low: int, high: int, *about: object) -> int:
        """Return one of the whole numbers from *low* to *high*, both included."""
        return low + int(self.draw(*about) * (high - low + 1))

    def one_of(self, weights: Mapping[Choice, float], *about: object) -> Choice:
        """Return one of the choices, each as often as its weight says."""
        choices = list(weights)
        left = self.draw(*about) * sum(weights.values())
        for choice in choices:
            left -= weights[choice]
            if left < 0:
                return choice
        return choices[-1]

    def identity(self, *about: object) -> UUID:
        """Return an id that is the same in every repetition of this run, and nobody else's."""
        return uuid5(_IDS, self._text(about))

    def _text(self, about: tuple[object, ...]) -> str:
        return ":".join((self._key, *map(str, about)))
