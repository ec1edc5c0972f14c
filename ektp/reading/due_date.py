"""When so many working days have passed at an office, and which days did not count on the way."""

from datetime import date, datetime, time, timedelta, timezone
from typing import Any, Final

from workflows.working_time import Calendar

_DAY: Final = timedelta(days=1)
_NOON: Final = time(12)


def due_date(calendar: Calendar, day: date, days: int, known: date) -> dict[str, Any]:
    """Return the date, the moment at which the office then closes by its own clock, and the days that did not count.

    `not_final` lists the years on the way whose holidays are not decreed.
    """
    zone = timezone(calendar.offset)
    due = calendar.due(day, days, known)
    closes = calendar.closing(datetime.combine(day, _NOON, zone), days, datetime.combine(known, _NOON, zone))
    first = day if days == 0 else day + _DAY
    on_the_way = (first + number * _DAY for number in range((due - first).days))
    return {
        "day": str(day),
        "days": days,
        "known": str(known),
        "due": str(due),
        "closes": closes.astimezone(zone).isoformat(),
        "not_counted": [
            {"day": str(one), "because": _because(calendar, one, known)}
            for one in on_the_way
            if calendar.hours_on(one, known) is None
        ],
        "not_final": [year for year in range(day.year, due.year + 1) if not calendar.is_final(year)],
    }


def _because(calendar: Calendar, day: date, known: date) -> str:
    """Name what closes the office on this day; a day of the week where it is closed every week."""
    return ", ".join(one.name for one in calendar.closed_by(day, known)) or f"{day:%A}"
