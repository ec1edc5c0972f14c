"""When an office is open, as a resident reads it."""

from datetime import date, time, timedelta

from ektp.config.config import Config
from ektp.letters.opening import closed_soon, usual_hours
from workflows.office_hours import Closure, Hours
from workflows.working_time import Calendar

LONG, SHORT = Hours(time(8), time(15)), Hours(time(8), time(11, 30))
CHRISTMAS = Closure(date(2026, 12, 25), "Natal", "public")
CALENDAR = Calendar(timedelta(hours=7), (LONG,) * 4 + (SHORT, None, None), closures=(CHRISTMAS,))


def test_the_usual_week_is_told_in_spans() -> None:
    """Days with the same hours together, closed ones left out; a single day by itself."""
    assert usual_hours(CALENDAR) == "Senin sampai Kamis 08.00-15.00, Jumat 08.00-11.30"
    assert usual_hours(CALENDAR, "en") == "Monday to Thursday 08.00-15.00, Friday 08.00-11.30"
    torn = Calendar(timedelta(hours=7), (LONG, None, LONG, None, None, None, SHORT))
    assert usual_hours(torn, "en") == "Monday 08.00-15.00, Wednesday 08.00-15.00, Sunday 08.00-11.30"


def test_a_holiday_of_the_next_two_weeks_is_told() -> None:
    """With its name; not one that is farther away, nor a weekend."""
    assert closed_soon(CALENDAR, date(2026, 12, 20)) == ["25 Desember 2026 (Natal)"]
    assert closed_soon(CALENDAR, date(2026, 12, 25), "en") == ["25 December 2026 (Natal)"]
    assert closed_soon(CALENDAR, date(2026, 12, 1)) == []
    assert closed_soon(CALENDAR, date(2026, 12, 26)) == []


def test_a_kecamatan_is_not_where_its_regency_is() -> None:
    """An address is an office's own; whether the stock is shown is inherited."""
    config = Config.model_validate({"offices": {"33.74": {"address": "Jalan Contoh 1", "publish_stock": False}}})
    assert (config.address("33.74"), config.address("33.74.10")) == ("Jalan Contoh 1", None)
    assert (config.office("33.74.10").publish_stock, config.office("33.19").publish_stock) == (False, True)
