"""The three time zones of Indonesia, by province; none of them knows a summer time."""

from datetime import datetime, timedelta, timezone
from typing import Final

_WIB, _WITA, _WIT = (timedelta(hours=hours) for hours in (7, 8, 9))
# Keppres 41 of 1987.
_ZONES: Final = {
    **dict.fromkeys(("51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"), _WITA),
    **dict.fromkeys(("81", "82", "91", "92", "93", "94", "95", "96"), _WIT),
}


_NAMES: Final = {_WIB: "WIB", _WITA: "WITA", _WIT: "WIT"}


def offset_of(region: str) -> timedelta:
    """Return what the clocks of a region are ahead of UTC, by its code; western time where it is not known."""
    return _ZONES.get(region[:2], _WIB)


def by_the_clock(moment: datetime, region: str) -> str:
    """Write a moment as the clocks of a region show it, with the name of its zone: 2018-02-12 08:15 WIB."""
    ahead = offset_of(region)
    return f"{moment.astimezone(timezone(ahead)):%Y-%m-%d %H:%M} {_NAMES[ahead]}"
