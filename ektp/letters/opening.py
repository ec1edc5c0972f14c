"""When an office is open, in words: its usual week, and what differs in the days to come."""

from datetime import date, timedelta
from itertools import groupby
from typing import Final

from ektp.letters.dates import long_date
from workflows.office_hours import Hours
from workflows.working_time import Calendar

_DAYS: Final = {
    "id": ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_TO: Final = {"id": "sampai", "en": "to"}
_AHEAD: Final = 14  # days


def usual_hours(calendar: Calendar, language: str = "id") -> str:
    """Return its usual week: Senin sampai Kamis 08.00-15.00, Jumat 08.00-11.30."""
    names, spans = _DAYS[language], list[str]()
    for hours, days in groupby(range(7), lambda day: calendar.week[day]):
        if hours is not None:
            first, *rest = (names[day] for day in days)
            spans.append(f"{f'{first} {_TO[language]} {rest[-1]}' if rest else first} {_span(hours)}")
    return ", ".join(spans)


def closed_soon(calendar: Calendar, today: date, language: str = "id") -> list[str]:
    """Return the days of the next two weeks on which it is closed though it usually is not: 25 Desember 2026 (Natal).

    By what is known today.
    """
    days = (today + timedelta(days=number) for number in range(_AHEAD))
    return [
        f"{long_date(day, language)}{_why(calendar, day, today)}"
        for day in days
        if calendar.week[day.weekday()] is not None and calendar.hours_on(day, today) is None
    ]


def _why(calendar: Calendar, day: date, today: date) -> str:
    names = [closure.name for closure in calendar.closed_by(day, today)]
    return f" ({names[0]})" if names else ""


def _span(hours: Hours) -> str:
    return f"{hours.opens:%H.%M}-{hours.closes:%H.%M}"
