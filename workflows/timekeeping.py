"""What the clocks ask of an office: its working time, its promise and its patience."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from workflows.deadlines import Policy


class Calendar(Protocol):
    """The working time of an office (`workflows/working_time.py`)."""

    def closing_without(
        self, start: datetime, days: int, now: datetime, stopped: Sequence[tuple[datetime, datetime]]
    ) -> datetime:
        """Return when the office closes on that working day after *start*, without days lost to a stop."""

    def date_of(self, moment: datetime) -> date:
        """Return the date that the office's own clock shows."""

    def working_day(self, moment: datetime) -> date:
        """Return the date at the office if it works on that day, or the first working day after it."""

    def midnight(self, day: date) -> datetime:
        """Return the moment at which a day begins at the office."""

    def mark(self, moment: datetime) -> int:
        """Return the working-time coordinate of a moment, in millionths of a working day."""

    def opened(self, start: datetime, end: datetime, most: timedelta) -> timedelta:
        """Return for how long the office was open between two moments, up to *most*."""

    def days_over(self, now: datetime, most: int) -> list[date]:
        """Return the last working days after which the office has opened once more, the newest first."""

    def fingerprint(self, now: datetime) -> str:
        """Return a digest of the office's hours and of every closure that is known now."""


class Timekeeping(Protocol):
    """The calendars and policies of all offices."""

    def calendar(self, office: str) -> Calendar:
        """Return the office's working time."""

    def policy(self, office: str) -> Policy:
        """Return the office's promise and patience."""
