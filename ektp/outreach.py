"""The planner of visits on a store: it proposes hourly, and says what an office wants promised without asking."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

import psycopg
from sqlalchemy import Engine

from ektp.bootstrap import Parts
from ektp.config.calendars import Calendars
from ektp.config.config import Config
from ektp.storage import outreach_store as store
from ektp.storage.engine import transaction
from schemas.submission import Submission
from workflows import proposals
from workflows.outreach import Plan
from workflows.outreach_candidates import proposed, seats_of
from workflows.outreach_days import bookable
from workflows.outreach_plan import plan
from workflows.visits import Booked
from workflows.working_time import Calendar

EVERY: Final = timedelta(hours=1)  # of the applications' clock, which a simulated city moves


class VisitPlanner:
    """Plans the visits of every regency; it may be used from many threads."""

    def __init__(self, engine: Engine, config: Config, calendars: Calendars) -> None:
        self._engine = engine
        self._config = config
        self._calendars = calendars

    def plan(self) -> Sequence[Submission]:
        """Propose visits where the last plan is an hour old; return those to be promised. Raises StoreAway."""
        with transaction(self._engine) as connection:
            offices = store.offices_to_plan(connection, EVERY)
        return [promised for office in offices for promised in self.plan_office(office)]

    def plan_office(self, office: str) -> Sequence[Submission]:
        """Do the same for one regency now. Raises StoreAway."""
        with transaction(self._engine) as connection:
            now = store.alone(connection)
            made = self._planned(connection, office, now)
        auto = self._config.office(office).outreach.policy().auto
        return [proposals.visit(visit, now) for visit in made] if auto else []

    def visits(self, office: str) -> Sequence[Booked]:
        """Return the visits of one regency that are promised, and those that are proposed now. Raises StoreAway."""
        with transaction(self._engine) as connection:
            proposed_now = self._planned(connection, office, store.alone(connection))
            return [*store.promised(connection, office), *proposed_now]

    def _planned(self, connection: psycopg.Connection, office: str, now: datetime) -> list[Booked]:
        calendar, policy = self._calendars.of(office), self._config.office(office).outreach.policy()
        today = calendar.date_of(now)
        asked = store.requests(connection, office, calendar)
        seats = list(seats_of(store.candidates(connection, office, calendar), asked, calendar, today, policy))
        taken = store.taken(connection, office)
        made: Plan = plan(seats, bookable(calendar, today, seats, taken, policy), taken, policy)
        places, again = {one.id: one.place for one in asked}, store.called_off(connection, office)
        visits = [
            proposed(office, visit, opening(calendar, visit.slot.day, today), places, again) for visit in made.visits
        ]
        store.propose(connection, office, visits, made, now)
        return visits


def opening(calendar: Calendar, day: date, known: date) -> datetime:
    """Return the moment (UTC) at which the office opens on a day, or its midnight where it does not open."""
    hours = calendar.hours_on(day, known)
    since = timedelta(hours=hours.opens.hour, minutes=hours.opens.minute) if hours else timedelta()
    return calendar.midnight(day) + since


def planner_on(parts: Parts) -> VisitPlanner:
    """Return what plans the visits of a store. Raises WrongUse for a configuration that cannot be read."""
    return VisitPlanner(parts.engine, parts.config, parts.calendars)
