"""When the offices of the city are open, and which moment lies so many working minutes later."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Final

WIB: Final = timezone(timedelta(hours=7), "WIB")
_SATURDAY: Final = 5
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """Monday to Friday without the holidays, between two hours of Western Indonesian time."""

    holidays: frozenset[date]
    opens: int = 8
    closes: int = 15

    @property
    def minutes(self) -> int:
        """How many minutes a working day has."""
        return (self.closes - self.opens) * 60

    def is_open(self, day: date) -> bool:
        """Tell whether the offices work on this day."""
        return day.weekday() < _SATURDAY and day not in self.holidays

    def first(self, day: date) -> date:
        """Return this day, or the first working day after it."""
        while not self.is_open(day):
            day += _DAY
        return day

    def after(self, day: date, days: int) -> date:
        """Return the working day that comes so many working days after *day*; 0 is *day*, or the first after it."""
        day = self.first(day)
        for _ in range(days):
            day = self.first(day + _DAY)
        return day

    def at(self, day: date, minute: int = 0) -> datetime:
        """Return the moment so many minutes after the opening of a day; the last minute for more than it has."""
        opening = datetime.combine(day, time(self.opens), WIB)
        return opening + timedelta(minutes=min(minute, self.minutes - 1))

    def later(self, moment: datetime, minutes: int) -> datetime:
        """Return the moment so many working minutes later, never one at which the offices are closed."""
        moment = moment.astimezone(WIB)
        day = self.first(moment.date())
        gone = int((moment - self.at(day)).total_seconds() // 60)
        days, minute = divmod(min(max(gone, 0), self.minutes) + minutes, self.minutes)
        return self.at(self.after(day, days), minute)

    def between(self, first: datetime, last: datetime) -> int:
        """Return the working minutes from one moment to a later one."""
        day, minutes = self.first(first.astimezone(WIB).date()), 0
        while (opening := self.at(day)) < last:
            closing = opening + timedelta(minutes=self.minutes)
            minutes += max(int((min(last, closing) - max(first, opening)).total_seconds()) // 60, 0)
            day = self.after(day, 1)
        return minutes

    def turn_after(self, moment: datetime) -> datetime:
        """Return the next moment at which the offices open or close."""
        day = self.first(moment.astimezone(WIB).date())
        for turn in (self.at(day), self.at(day) + timedelta(minutes=self.minutes)):
            if turn > moment:
                return turn
        return self.at(self.after(day, 1))

    def week_of(self, moment: datetime) -> datetime:
        """Return the last minute of the last working day in the week of *moment*, or of the next one that has any."""
        day = self.first(moment.astimezone(WIB).date())
        while (following := self.after(day, 1)).isocalendar()[:2] == day.isocalendar()[:2]:
            day = following
        return self.at(day, self.minutes)

    def slot_of(self, moment: datetime, slot: int) -> datetime:
        """Return the end of the slot of so many minutes in which *moment* lies; its end is the last moment in it.

        The last slot of a day ends with the last minute: what falls due at the closing is not due yet.
        """
        moment = moment.astimezone(WIB)
        midnight = datetime.combine(moment.date(), time(), WIB)
        whole = -((midnight - moment) // timedelta(minutes=slot))
        return min(midnight + timedelta(minutes=slot * whole), max(self.at(moment.date(), self.minutes), moment))
