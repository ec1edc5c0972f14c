"""The accounts of stations as a list: who they are, since when, and why not any more; never what they prove it with."""

from typing import Any

from sqlalchemy import Connection, select

from ektp.reading.moments import written
from ektp.storage.tables import STATIONS


def station_accounts(connection: Connection) -> list[dict[str, Any]]:
    """Return every account there ever was, by name."""
    shown = STATIONS.c
    moments = (shown.added, shown.renewed, shown.revoked)
    columns = (shown.name, shown.role, shown.office, shown.silent_after, *moments, shown.because)
    return [
        {
            "station": row.name,
            "role": row.role,
            "office": row.office or "all",
            "added": written(row.added),
            "renewed": written(row.renewed),
            "revoked": written(row.revoked),
            "because": row.because,
            "silent_after": row.silent_after,
        }
        for row in connection.execute(select(*columns).order_by(shown.name))
    ]
