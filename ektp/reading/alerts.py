"""The alerts: what is the matter, since when, whose station it is, and what is muted."""

from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

from ektp.reading.moments import written
from ektp.reading.scope import EVERYWHERE, LIES_IN, Offices, named
from workflows.alert import Severity
from workflows.alert_rules import ALERT_RULES
from workflows.telling import severity_of

MOST: Final = 1000
# What is over comes behind what is open; with `worst` the worst comes first, else the newest.
_RANKED: Final = """
alerts left join unnest(cast(:rules as text[]), cast(:ranks as int[])) as known (rule, rank) on known.rule = alerts.rule
"""
_PLACE: Final = (
    "resolved is not null, case when :worst then -coalesce(rank, 1) else 0 end, -extract(epoch from opened), alerts.id"
)
_ALERTS: Final = f"""
select alerts.id, alerts.rule, about, station, office, detail, opened, seen, resolved, (
    select max(until) from alert_mutes
    where alert_mutes.rule = alerts.rule and coalesce(alert_mutes.about, alerts.about) = alerts.about
    and until > ektp_now()) as muted_until
from {_RANKED} where {LIES_IN} %s order by {_PLACE} limit :most
"""  # noqa: S608 - constants of ours
#: Each narrows the list, where it is asked for.
_CONDITIONS: Final = {
    "alert": "alerts.id = :alert",
    "station": "station = :station",
    "rule": "alerts.rule = :rule",
    "about": "about = :about",
    "severity": "coalesce(rank, 1) = :severity",
    "office": "(office = :office or starts_with(office, :office || '.'))",
    "after": f"({_PLACE}) > (select {_PLACE} from {_RANKED} where alerts.id = :after)",  # noqa: S608
}
_WORST: Final = text(f"""
select coalesce(rank, 1), count(*) from {_RANKED} where resolved is null and {LIES_IN} group by 1
""")  # noqa: S608
_BY_RULE: Final = text("select rule, count(*) from alerts where resolved is null group by rule order by rule")
# What is muted about everything concerns everybody; else whoever sees an alert that it mutes.
_MUTES: Final = text(f"""
select rule, about, made, until, by, because from alert_mutes where until > ektp_now() and (:everywhere or about is null
    or exists (
        select from alerts where alerts.rule = alert_mutes.rule and alerts.about = alert_mutes.about and {LIES_IN}))
order by until, rule
""")  # noqa: S608
_MESSAGES: Final = text("""
select case when sent is not null then 'sent' when dropped is not null then 'dropped' else 'waiting' end, count(*)
from alert_messages group by 1
""")
_LOOKS: Final = text("""
select extract(epoch from now() - looked)::float, extract(epoch from now() - recounted)::float, queues from alert_looks
""")


class Wanted(NamedTuple):
    """Which alerts: None and "" narrow nothing; `closed` adds those that were resolved, behind those that are open."""

    closed: bool = False
    station: str | None = None
    rule: str | None = None
    about: str | None = None
    severity: Severity | None = None
    office: str | None = None  #: With its kecamatan.
    alert: UUID | None = None  #: Only this one.
    after: UUID | None = None  #: Only what comes behind this one.
    worst: bool = False  #: The worst first; else the newest.


EVERY_OPEN: Final = Wanted()


def alerts(
    connection: Connection, wanted: Wanted = EVERY_OPEN, *, most: int = MOST, offices: Offices = EVERYWHERE
) -> list[dict[str, Any]]:
    """Return the open alerts, as they are wanted; at most so many.

    `offices` are the regions of whoever asks; what concerns no office is told to those who are there for all.
    """
    narrowing = {name: value for name, value in wanted._asdict().items() if value and name in _CONDITIONS}
    conditions = ["" if wanted.closed else "and resolved is null", *(f"and {_CONDITIONS[name]}" for name in narrowing)]
    asked = {**narrowing, "worst": wanted.worst, "most": most, **named(offices), **_ranks()}
    if wanted.severity:
        asked["severity"] = wanted.severity.rank
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
        for row in connection.execute(text(_ALERTS % " ".join(conditions)), asked)
    ]


def open_by_severity(connection: Connection, offices: Offices = EVERYWHERE) -> dict[str, int]:
    """Return how many alerts are open of each severity, the worst first."""
    found = {rank: int(count) for rank, count in connection.execute(_WORST, {**named(offices), **_ranks()})}
    return {severity.value: found.get(severity.rank, 0) for severity in reversed(Severity)}


def open_by_rule(connection: Connection) -> dict[str, int]:
    """Return how many alerts are open of each rule, those of which none is too."""
    found = {rule: int(count) for rule, count in connection.execute(_BY_RULE)}
    return {rule: found.get(rule, 0) for rule in sorted({*ALERT_RULES, *found})}


def mutes(connection: Connection, offices: Offices = EVERYWHERE) -> list[dict[str, Any]]:
    """Return what is muted now, what ends first first."""
    return [
        {"rule": row.rule, "about": row.about, "made": written(row.made), "until": written(row.until),
         "by": row.by, "because": row.because}
        for row in connection.execute(_MUTES, named(offices))
    ]  # fmt: skip


def messages_by_state(connection: Connection) -> dict[str, int]:
    """Return how many messages wait, were sent, and were over before they could be told."""
    found = {state: int(count) for state, count in connection.execute(_MESSAGES)}
    return {state: found.get(state, 0) for state in ("waiting", "sent", "dropped")}


def _ranks() -> dict[str, Any]:
    return {"rules": list(ALERT_RULES), "ranks": [rule.severity.rank for rule in ALERT_RULES.values()]}


def last_look(connection: Connection) -> tuple[float | None, float | None, dict[str, tuple[int, int]]]:
    """Return for how many seconds nobody has looked, nor recounted (None: never), and the queues as they were then."""
    row = connection.execute(_LOOKS).one_or_none()
    if row is None:
        return None, None, {}
    looked, recounted, queues = row
    return looked, recounted, {name: (int(ready), int(readers)) for name, (ready, readers) in queues.items()}
