"""Working time for tests: Monday to Friday, eight to three, Western Indonesian time, no holidays."""

from datetime import time, timedelta
from typing import Final

from workflows.deadlines import DEFAULT, Policy
from workflows.office_hours import Hours
from workflows.timekeeping import Calendar as AnyCalendar
from workflows.working_time import Calendar

HOURS: Final = Hours(time(8), time(15))
CALENDAR: Final = Calendar(timedelta(hours=7), (*(HOURS,) * 5, None, None))


class SameEverywhere:
    """A Timekeeping in which every office has one calendar and one policy."""

    def __init__(self, calendar: AnyCalendar, policy: Policy = DEFAULT) -> None:
        self._calendar, self._policy = calendar, policy

    def calendar(self, office: str) -> AnyCalendar:
        """Return the one calendar."""
        return self._calendar

    def policy(self, office: str) -> Policy:
        """Return the one policy."""
        return self._policy


PLAIN: Final = SameEverywhere(CALENDAR)
