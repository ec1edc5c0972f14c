"""The blanko stock as everybody may see it: of each office that prints, and never a serial."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, select, text

from ektp.config.calendars import Calendars
from ektp.letters.names import office_name
from ektp.reading.clearance import COUNTS
from ektp.reading.forecast import forecasts
from ektp.reading.moments import written
from ektp.reading.reports import today_of
from workflows.timekeeping import Timekeeping

COLUMNS: Final = ("office", "name", "stock", "used_today", "used_week", "waiting", "stock_ends", "backlog_ends", "at")
_WEEK: Final = timedelta(days=6)  # and today
_DAY: Final = timedelta(days=1)
_PRINTED: Final = text(f"""
select office, day, sum(count)::int from ({COUNTS}) as counts where what = 'printed' and day >= :since group by 1, 2
""")  # noqa: S608 - a constant of ours


def published(
    connection: Connection, keeping: Timekeeping, calendars: Calendars, wants: Callable[[str], bool]
) -> list[dict[str, Any]]:
    """Return the stock of each printing office that *wants* it to be seen, by code.

    `used_today` and `used_week` are cards printed today and in the last seven days; `stock_ends` and `backlog_ends` are
    dates by the rates of late, None where nobody can say.
    """
    now: datetime = connection.scalars(select(func.ektp_now())).one()
    used = _used(connection, keeping, now)
    return [
        {
            "office": one["office"],
            "name": office_name(one["office"]),
            "stock": one["stock"],
            "used_today": used[one["office"], "today"],
            "used_week": used[one["office"], "week"],
            "waiting": one["waiting"],
            "stock_ends": _day(one["stock_ends"]),
            "backlog_ends": _day(one["backlog_ends"]),
            "at": written(now),
        }
        for one in forecasts(connection, keeping, calendars)
        if wants(one["office"])
    ]


def _used(connection: Connection, keeping: Timekeeping, now: datetime) -> Counter[tuple[str, str]]:
    """Count the cards printed at each office that prints, by its own date."""
    found, since = Counter[tuple[str, str]](), now.date() - _WEEK - _DAY  # no clock of ours is behind UTC
    for office, day, count in connection.execute(_PRINTED, {"since": since}):
        printing, today = keeping.policy(office).printing_office(office), today_of(now, office)
        if day >= today - _WEEK:
            found[printing, "week"] += count
        if day >= today:
            found[printing, "today"] += count
    return found


def _day(found: dict[str, Any] | None) -> str | None:
    return None if found is None else str(found["date"])
