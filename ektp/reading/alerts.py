"""The alerts: what is the matter, since when, and whose station it is."""

from typing import Any, Final

from sqlalchemy import Connection, text

from ektp.reading.moments import written
from ektp.reading.scope import EVERYWHERE, Offices

MOST: Final = 1000
_ALERTS: Final = text("""
select id, rule, about, station, office, detail, opened, seen, resolved from alerts
where (:closed or resolved is null) and (cast(:station as text) is null or station = :station)
and (:everywhere or office = any(:offices) or office like any(:below))
order by resolved is not null, opened desc, id limit :most
""")
_BY_RULE: Final = text("select rule, count(*) from alerts where resolved is null group by rule order by rule")


def alerts(
    connection: Connection,
    *,
    closed: bool = False,
    station: str | None = None,
    most: int = MOST,
    offices: Offices = EVERYWHERE,
) -> list[dict[str, Any]]:
    """Return the open alerts, the newest first; `closed` adds those that were resolved, behind them.

    `offices` are the regions of whoever asks; what concerns no office is told to those who are there for all.
    """
    inside = {"offices": list(offices), "below": [f"{region}.%" for region in offices]}
    asked = {"closed": closed, "station": station, "most": most, "everywhere": not offices, **inside}
    return [
        {
            "alert": str(row.id),
            "rule": row.rule,
            "about": row.about,
            "station": row.station or None,
            "office": row.office or None,
            "detail": row.detail,
            "opened": written(row.opened),
            "seen": written(row.seen),
            "resolved": written(row.resolved),
        }
        for row in connection.execute(_ALERTS, asked)
    ]


def open_by_rule(connection: Connection) -> dict[str, int]:
    """Return how many alerts are open of each rule."""
    return {rule: int(count) for rule, count in connection.execute(_BY_RULE)}
