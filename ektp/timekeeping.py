"""The clocks' side of the configuration: each office's working time and what it promises."""

from functools import lru_cache

from ektp.calendars import Calendars
from ektp.config import Config
from workflows.deadlines import Policy
from workflows.working_time import Calendar


class OfficeTimekeeping:
    """A Timekeeping of the offices as they are configured."""

    def __init__(self, config: Config, calendars: Calendars) -> None:
        self._config = config
        self._calendars = calendars
        self.calendar = lru_cache(maxsize=10_000)(self._calendar)
        self.policy = lru_cache(maxsize=10_000)(self._policy)

    def _calendar(self, office: str) -> Calendar:
        return self._calendars.of(office)

    def _policy(self, office: str) -> Policy:
        own = self._config.office(office)
        return Policy(own.promise, own.confirm, tuple(sorted(own.patience.items())), own.reviewer, own.superior)
