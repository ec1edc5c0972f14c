"""What was seen of the stations, in PostgreSQL: one statement for each batch of the intake."""

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import Engine

from consumers.ports import Message
from consumers.sightings import Sighting, runs, sightings
from ektp.storage.engine import transaction
from schemas.submission import Submission

_MOMENT: Final = 1.0  # seconds in which a contact is not written again
_CITY_MOMENT: Final = timedelta(minutes=1)
# Stations are written in one order by everybody, so two that note at once wait for each other and never crosswise.
# A sender's clock is compared with the real one, not with a simulated city's. What lay in a queue was sent long ago:
# such a message can only prove a clock that runs ahead. The reading before is kept for a minute at least.
_NOTE: Final = """
with flushed as materialized (select set_config('synchronous_commit', %s, true)), seen as (
    select station, office, event, arrived::int8multirange, unsent,
        case when sent is null or (sent < now() and waited) then null
             else greatest(-2147483648, least(2147483647, extract(epoch from sent - now())))::integer end as skew
    from unnest(%s::text[], %s::text[], %s::timestamptz[], %s::text[], %s::int[], %s::timestamptz[], %s::bool[])
        as seen (station, office, event, arrived, unsent, sent, waited), flushed
)
insert into sightings (station, office, last_contact, last_event, arrived, unsent, reported, skew, skew_read)
select station, office, ektp_now(), case when event is not null then least(event, ektp_now()) end, arrived, unsent,
    case when unsent is not null then ektp_now() end, skew, case when skew is not null then now() end
from seen order by station
on conflict (station) do update set
    office = coalesce(nullif(excluded.office, ''), sightings.office),
    last_contact = greatest(sightings.last_contact, excluded.last_contact),
    last_event = greatest(sightings.last_event, excluded.last_event),
    arrived = sightings.arrived + excluded.arrived,
    unsent = coalesce(excluded.unsent, sightings.unsent),
    reported = coalesce(excluded.reported, sightings.reported),
    skew = coalesce(excluded.skew, sightings.skew),
    skew_before = case when excluded.skew is null or sightings.skew_read > now() - interval '1 minute'
                       then sightings.skew_before else sightings.skew end,
    skew_read = case when excluded.skew is null or sightings.skew_read > now() - interval '1 minute'
                     then sightings.skew_read else excluded.skew_read end
"""


class PostgresSightings:
    """A Watch that remembers in the store.

    Where the journal applies the same messages right after, its commit makes this one last too: `flushed` says so, and
    spares every batch a wait for the disk.
    """

    def __init__(self, engine: Engine, *, flushed: bool = False) -> None:
        self._engine = engine
        self._commit = "off" if flushed else "on"
        self._told: dict[str, tuple[float, Sighting]] = {}  # by station: what was written last, and when

    def note(self, messages: Sequence[Message], submissions: Sequence[Submission]) -> None:
        """Remember what the batch tells of its senders; noted twice it tells no more. Raises StoreAway."""
        now = time.monotonic()
        seen = [one for one in sightings(messages, submissions) if self._tells_more(one, now)]
        if seen:
            with transaction(self._engine) as connection:
                connection.execute(_NOTE, [self._commit, *map(list, zip(*map(_row, seen), strict=True))])
            self._told.update((one.station, (now, one)) for one in seen)

    def _tells_more(self, seen: Sighting, now: float) -> bool:
        """Tell whether there is more in it than that somebody is there who was there a moment ago."""
        when, told = self._told.get(seen.station, (0.0, None))
        if told is None or seen.sequences or seen.unsent != told.unsent or now - when >= _MOMENT:
            return True
        # In a simulated city a moment may be a day.
        return seen.event is not None and (told.event is None or seen.event - told.event >= _CITY_MOMENT)


def _row(seen: Sighting) -> tuple[object, ...]:
    arrived = ",".join(f"[{first},{after})" for first, after in runs(seen.sequences))
    return seen.station, seen.office, seen.event, f"{{{arrived}}}", seen.unsent, seen.sent, seen.waited
