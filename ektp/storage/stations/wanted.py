"""What a store that was restored from a backup asks the stations for: everything since, once to each."""

from datetime import datetime
from typing import Final
from uuid import UUID

import psycopg

from consumers.station_letters import station_id, wanted_letter
from ektp.storage.outbox_writes import post, wake_relays

# Who was revoked has nothing to say any more.
_STATIONS: Final = """
select coalesce(s.name, v.station), clock_timestamp() from stations s full join sightings v on v.station = s.name
where s.revoked is null order by 1
"""
_WANTED: Final = """
insert into events_wanted (station, id, since) values (%s, %s, %s)
on conflict (station) do update set id = excluded.id, since = excluded.since, asked = excluded.asked
"""


def ask_stations(connection: psycopg.Connection, restored: UUID, since: datetime) -> int:
    """Ask every station that has an account or was ever seen, over the broker and at the HTTP door; return how many.

    *restored* tells one restoring from another: a station does what it is asked once.
    """
    rows = connection.execute(_STATIONS).fetchall()
    for station, now in rows:
        letter = wanted_letter(station, restored, since, now)
        connection.execute(_WANTED, [station, letter.id, since])
        post(connection, station_id(station), letter)
    wake_relays(connection)
    return len(rows)
