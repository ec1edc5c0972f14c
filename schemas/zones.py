"""The three time zones of Indonesia, by province; none of them knows a summer time."""

from datetime import timedelta
from typing import Final

_WIB, _WITA, _WIT = (timedelta(hours=hours) for hours in (7, 8, 9))
# Keppres 41 of 1987.
_ZONES: Final = {
    **dict.fromkeys(("51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"), _WITA),
    **dict.fromkeys(("81", "82", "91", "92", "93", "94", "95", "96"), _WIT),
}


def offset_of(region: str) -> timedelta:
    """Return what the clocks of a region are ahead of UTC, by its code; western time where it is not known."""
    return _ZONES.get(region[:2], _WIB)
