"""How far the campaigns with a target have come, and how fast they must go on."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from datetime import time as clock
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, func, select, text

from workflows.working_time import Calendar, Campaign, working_days

if TYPE_CHECKING:
    from ektp.config.calendars import Calendars

_DAY: Final = timedelta(days=1)
_REST: Final = 50  # times as long as the last count took: counting never takes more than a fiftieth of a process
# The tallies know the offices in a few rows, so the many applications are read once, whatever the number of campaigns.
_COUNT: Final = text("""
with campaigns as (
    select * from unnest(cast(:offices as text[]), cast(:since as timestamptz[]), cast(:until as timestamptz[]))
        with ordinality as campaign (place, begins, ends, number)
), taking_part as materialized (
    select number, office, begins, ends from (select distinct office from tallies where kind = 'state') as offices
    join campaigns on office = place or starts_with(office, place || '.')
)
select number, count(*) from taking_part join applications using (office)
where recorded >= begins and recorded < ends group by number
""")


@dataclass(frozen=True, slots=True)
class Drive:
    """One campaign with a target, where it runs, and the calendar of that office."""

    office: str
    campaign: Campaign
    target: int
    calendar: Calendar

    @property
    def since(self) -> datetime:
        """The moment at which its first day begins."""
        return self._midnight(self.campaign.first)

    @property
    def until(self) -> datetime:
        """The moment at which its last day has ended."""
        return self._midnight(self.campaign.last + _DAY)

    def told(self, recorded: int, now: datetime) -> dict[str, Any]:
        """Return what is recorded against the target, with the pace so far and the pace needed, per opening day."""
        worked = working_days(self.calendar.mark(min(now, self.until)) - self.calendar.mark(self.since))
        missing, left = max(self.target - recorded, 0), self._days_left(now)
        return {
            "name": self.campaign.name,
            "office": self.office,
            "first": str(self.campaign.first),
            "last": str(self.campaign.last),
            "target": self.target,
            "recorded": recorded,
            "days_left": left,
            "pace": round(recorded / worked, 1) if worked else None,
            "needed": math.ceil(missing / left) if left else None if missing else 0,
        }

    def _days_left(self, now: datetime) -> int:
        """Count the opening days that have not ended yet."""
        today = self.calendar.date_of(now)
        first = max(today, self.campaign.first)
        days = (first + number * _DAY for number in range((self.campaign.last - first).days + 1))
        return sum(self._is_ahead(day, today, now) for day in days)

    def _is_ahead(self, day: date, today: date, now: datetime) -> bool:
        hours = self.calendar.hours_on(day, today)
        return hours is not None and now < datetime.combine(day, hours.closes, timezone(self.calendar.offset))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, clock(), timezone(self.calendar.offset))


class Campaigns:
    """Counts what was recorded in each campaign; a count that took long is told again for a while."""

    def __init__(self, targets: Sequence[tuple[str, Campaign]], calendars: "Calendars") -> None:
        self._drives = [Drive(code, one, one.target, calendars.of(code)) for code, one in targets if one.target]
        self._counted: tuple[list[Drive], Mapping[int, int]] = ([], {})
        self._until = 0.0

    def told(self, connection: Connection) -> list[dict[str, Any]]:
        """Return the campaigns that have begun at the store's time, running or over."""
        now = connection.scalars(select(func.ektp_now())).one()
        begun = [drive for drive in self._drives if drive.since <= now]
        if not begun:
            return []
        if self._counted[0] != begun or time.monotonic() >= self._until:
            began = time.monotonic()
            self._counted = (begun, _counts(connection, begun))
            ended = time.monotonic()
            self._until = ended + _REST * (ended - began)
        return [drive.told(self._counted[1].get(number, 0), now) for number, drive in enumerate(begun, 1)]


def _counts(connection: Connection, drives: Sequence[Drive]) -> Mapping[int, int]:
    asked = {
        "offices": [drive.office for drive in drives],
        "since": [drive.since for drive in drives],
        "until": [drive.until for drive in drives],
    }
    return {int(number): int(count) for number, count in connection.execute(_COUNT, asked)}
