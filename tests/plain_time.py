"""Working time for tests: Monday to Friday, eight to three, Western Indonesian time, no holidays."""

from datetime import time, timedelta
from typing import Final

from workflows.clock import SameEverywhere
from workflows.office_hours import Hours
from workflows.working_time import Calendar

HOURS: Final = Hours(time(8), time(15))
CALENDAR: Final = Calendar(timedelta(hours=7), (*(HOURS,) * 5, None, None))
PLAIN: Final = SameEverywhere(CALENDAR)
