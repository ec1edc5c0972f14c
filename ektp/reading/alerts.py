"""The alerts: what is the matter, since when, whose station it is, and what is muted."""

from typing import Any, Final

from sqlalchemy import Connection, text

from ektp.reading.moments import written
from ektp.reading.scope import EVERYWHERE, Offices
from workflows.alert_rules import ALERT_RULES
from workflows.telling import severity_of

MOST: Final = 1000
_ALERTS: Final = text("""
select id, rule, about, station, office, detail, opened, seen, resolved, (
    select max(until) from alert_mutes
    where alert_mutes.rule = alerts.rule and coalesce(alert_mutes.about, alerts.about) = alerts.about
    and until > ektp_now()) as muted_until
from alerts
where (:closed or resolved is null) and (cast(:station as text) is null or station = :station)
and (:everywhere or office = any(:offices) or office like any(:below))
order by resolved is not null, opened desc, id limit :most
""")
_BY_RULE: Final = text("select rule, count(*) from alerts where resolved is null group by rule order by rule")
_MUTES: Final = text("""
select rule, about, made, until, by, because from alert_mutes where until > ektp_now() order by until, rule
""")
_MESSAGES: Final = text("""
select case when sent is not null then 'sent' when dropped is not null then 'dropped' else 'waiting' end, count(*)
from alert_messages group by 1
""")
_LOOKS: Final = text("""
select extract(epoch from now() - looked)::float, extract(epoch from now() - recounted)::float, queues from alert_looks
""")


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
            "severity": severity_of(row.rule).value,
            "about": row.about,
            "station": row.station or None,
            "office": row.office or None,
            "detail": row.detail,
            "opened": written(row.opened),
            "seen": written(row.seen),
            "resolved": written(row.resolved),
            "muted_until": written(row.muted_until),
        }
        for row in connection.execute(_ALERTS, asked)
    ]


def open_by_rule(connection: Connection) -> dict[str, int]:
    """Return how many alerts are open of each rule, those of which none is too."""
    found = {rule: int(count) for rule, count in connection.execute(_BY_RULE)}
    return {rule: found.get(rule, 0) for rule in sorted({*ALERT_RULES, *found})}


def mutes(connection: Connection) -> list[dict[str, Any]]:
    """Return what is muted now, what ends first first."""
    return [
        {"rule": row.rule, "about": row.about, "made": written(row.made), "until": written(row.until),
         "by": row.by, "because": row.because}
        for row in connection.execute(_MUTES)
    ]  # fmt: skip


def messages_by_state(connection: Connection) -> dict[str, int]:
    """Return how many messages wait, were sent, and were over before they could be told."""
    found = {state: int(count) for state, count in connection.execute(_MESSAGES)}
    return {state: found.get(state, 0) for state in ("waiting", "sent", "dropped")}


def last_look(connection: Connection) -> tuple[float | None, float | None, dict[str, tuple[int, int]]]:
    """Return for how many seconds nobody has looked, nor recounted (None: never), and the queues as they were then."""
    row = connection.execute(_LOOKS).one_or_none()
    if row is None:
        return None, None, {}
    looked, recounted, queues = row
    return looked, recounted, {name: (int(ready), int(readers)) for name, (ready, readers) in queues.items()}
