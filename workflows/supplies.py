"""What a printer uses up besides blanko: how many cards each supply lasts for, and what one print takes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

Supply = Literal["ribbon", "film", "ink"]
SUPPLIES: Final[tuple[Supply, ...]] = ("ribbon", "film", "ink")
#: Cards that one piece lasts for, where an office sets nothing else.
YIELD: Final[Mapping[str, int]] = MappingProxyType({"ribbon": 500, "film": 500, "ink": 1000})
#: What has a reorder point.
REORDERED: Final = ("blanko", *SUPPLIES)


def loaded_on(supply: str, printer: str) -> str:
    """Return the key under which the cards left on a printer are counted; the supply alone counts pieces in store."""
    return f"{supply}@{printer}"


def owed_by(office: str, supply: str) -> str:
    """Return the key under which the pieces are counted that another office owes."""
    return f"{office}/{supply}"


def printer_of(key: str) -> tuple[str, str | None]:
    """Return the supply and the printer of a key; None in store."""
    supply, at, printer = key.partition("@")
    return supply, printer if at else None
