"""Spans of time in somebody's language: 5 minutes, 2 hours, 3 days; of the largest unit only."""

from datetime import timedelta
from typing import Final

from ektp.web.words import WORDS, Language, number

_UNITS: Final = (
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("minute", timedelta(minutes=1)),
    ("second", timedelta(seconds=1)),
)


def span(time: timedelta, language: Language) -> str:
    """Write how long it is; what is no second yet, or lies in the future, is 0 seconds."""
    word, unit = next((one for one in _UNITS if time >= one[1]), _UNITS[-1])
    count = max(time // unit, 0)
    return f"{number(count, language)} {WORDS[language][f'places-{word}' if count == 1 else f'places-{word}s']}"
