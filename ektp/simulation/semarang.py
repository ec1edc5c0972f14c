"""Semarang, September 2016 to spring 2018: 120,000 recorded, no blanko until the end of 2017, and how it was paid off.

Facts: 120,000 unprinted, about 30,000 left on Monday 12 February 2018, new applicants at four working days. What lies
between is ours: about 360 people a day, the 1,800 a week that the city used in 2019, and 23 printers of 140 cards.
"""

from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from ektp.config.calendars import Calendars
from ektp.config.config import Config
from ektp.simulation.scenarios import CITY, Backlog, Centre, Delivery, Line, Printers, Residents, Scenario

_REGENCY: Final = "33.74"
_START: Final = date(2016, 9, 1)
_NEW: Final = date(2018, 1, 1)
_LAST: Final = date(2018, 3, 29)
_END: Final = date(2018, 6, 1)
_KECAMATAN: Final = 16
_BACKLOG: Final = 120_000
# A fortnight's work each, so that no printer stands still.
_DELIVERIES: Final = (
    (date(2017, 12, 28), 25_000),
    (date(2018, 1, 8), 32_000),
    (date(2018, 1, 22), 32_000),
    (date(2018, 2, 5), 30_000),
    (date(2018, 2, 19), 22_000),
    (date(2018, 3, 12), 9_000),
)


def _holidays() -> frozenset[date]:
    """Return the weekdays on which offices are closed, as the pipeline has them."""
    calendar = Calendars(Config()).of(_REGENCY)
    days = (_START + timedelta(days=number) for number in range((_END - _START).days))
    return frozenset(day for day in days if calendar.hours_on(day, day) is None)


_HOLIDAYS: Final = _holidays()


def _number(day: date) -> int:
    """Return the number of a working day, the first of the scenario being 0."""
    days = (_START + timedelta(days=number) for number in range((day - _START).days))
    return sum(one not in _HOLIDAYS for one in days)


SEMARANG: Final = Scenario(
    name="semarang",
    about="120,000 people recorded since 2016 and no blanko until the end of 2017; then the backlog is paid off",
    start=_START,
    days=_number(_LAST) + 1,
    people=_BACKLOG / _KECAMATAN / _number(_NEW),
    deliveries=tuple(Delivery(_number(day), count) for day, count in _DELIVERIES),
    centre=Centre(
        verdicts=MappingProxyType({"verified": 1}),
        retried=MappingProxyType({"verified": 1}),
        adjudicated=MappingProxyType({"verified": 1}),
        days=MappingProxyType({0: 6, 1: 3, 2: 1}),
        reports=0,
    ),
    slot=210,
    weekly_until=date(2017, 12, 25),
    closings=False,
    builtin=True,
    backlog=Backlog(_NEW, look=date(2018, 2, 12)),
    holidays=_HOLIDAYS,
    printers=Printers(count=23, cards_a_day=140, whole=True),
    line=Line(doubled=0, delayed=0),
    residents=Residents(cancel=0),
    rush=_number(date(2018, 1, 2)),
    channels=CITY.channels,
    watch=20,
)
