"""The clocks' side of the configuration, and the timekeeper that keeps it on a store."""

from collections.abc import Callable
from functools import lru_cache

from sqlalchemy import Engine

from consumers.ports import Journal
from consumers.rule_changes import RuleChanges
from consumers.timekeeper import Timekeeper
from ektp.config.calendars import Calendars
from ektp.config.config import Config
from ektp.storage.steps.due import PostgresDue
from ektp.storage.steps.rules import PostgresRules
from workflows.deadlines import Policy
from workflows.timekeeping import Timekeeping
from workflows.turns import MOST
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
        prints_at = self._config.printing_office(office)
        there = self._config.office(prints_at)
        return Policy(
            own.promise,
            own.confirm,
            tuple(sorted(own.patience.items())),
            own.reviewer,
            own.superior,
            prints_at,
            there.allocator == "builtin",
            there.queue.policy(),
            there.printing.printing(),
            tuple(self._config.reorder(office).items()),
            tuple(own.yields.items()),
            own.suket or None,
        )


def timekeeper_on(engine: Engine, journal: Callable[[], Journal], keeping: Timekeeping, most: int = MOST) -> Timekeeper:
    """Return a timekeeper of a store; it may be used from many threads."""
    due = PostgresDue(engine)
    return Timekeeper(due, journal, keeping, RuleChanges(due, PostgresRules(engine), keeping), most)
