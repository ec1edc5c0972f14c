"""The calendar of every office: its zone, its hours, the days decreed for the country and decided for its region."""

from ektp.config.config import Config
from ektp.config.decrees import national_days, opened
from schemas.zones import offset_of
from workflows.working_time import Calendar


class Calendars:
    """Makes each calendar when it is first asked for; offices with the same settings share one."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._of: dict[str, Calendar] = {}

    def of(self, office: str) -> Calendar:
        """Return the calendar of an office, by its code."""
        found = self._of.get(office)
        if found is None:
            nearest = self._config.nearest(office)
            found = self._of.get(nearest) or self._of.setdefault(nearest, self._made(nearest))
            self._of[office] = found
        return found

    def _made(self, code: str) -> Calendar:
        national, office = national_days(), self._config.office(code)
        closures = list(national.closures)
        for table in self._config.amendments(code):
            closures += [one.closure() for one in table.closures]
            for opening in table.openings:
                closures = opened(closures, (opening.day,), opening.announced)
        return Calendar(offset_of(code), office.week, tuple(closures), office.campaigns, national.final_years)
