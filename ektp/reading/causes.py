"""What is parked, in groups: by the fingerprint of the cause, or by one thing alone."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from ektp.reading.errors import Unknown
from ektp.reading.moments import written
from ektp.reading.parking import UNREAD
from ektp.storage.releases import last_deploy
from schemas.roles import covers
from workflows.fingerprints import cause_of

# What was closed counts for `first`: a cause is new when it was never seen before. All of a group are alike in what
# makes a fingerprint, so any of them tells it.
_CAUSES: Final = """
select fingerprint, open, oldest, newest, since,
    (select min(received) from parked where parked.fingerprint = counted.fingerprint) as first, one.*
from ({counted}) as counted cross join lateral (
    select reason, detail, type, sender, office from parked where parked.fingerprint = counted.fingerprint limit 1
) as one
"""
_OPEN: Final = """
select fingerprint, count(*) as open, min(received) as oldest, max(received) as newest,
    count(*) filter (where received >= :deployed) as since
from parked where state = 'open' group by fingerprint
"""
_ONE: Final = """
select cast(:group as text) as fingerprint, count(*) as open, min(received) as oldest, max(received) as newest,
    count(*) filter (where received >= :deployed) as since
from parked where state = 'open' and fingerprint = :group
"""
_ALL_CAUSES: Final = text(_CAUSES.format(counted=_OPEN))
_ONE_CAUSE: Final = text(_CAUSES.format(counted=_ONE))
_TYPES: Final = text("""
select coalesce(type, '') as name, count(*) as open, min(received) as oldest, max(received) as newest,
    count(*) filter (where received >= :deployed) as since, count(distinct fingerprint) as causes
from parked where state = 'open' group by type
""")
_SAID: Final = text("""
select fingerprint, owner, muted from parked_groups where cast(:group as text) is null or fingerprint = :group
""")
_NOTES: Final = text("""
select fingerprint, noted, noted_by, note from parked_notes
where cast(:group as text) is null or fingerprint = :group order by seq
""")


class By(StrEnum):
    """What makes a group."""

    CAUSE = "cause"
    REASON = "reason"
    STATION = "station"
    OFFICE = "office"
    TYPE = "type"
    VERSION = "version"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which groups by cause are wanted; an office stands for those below it, UNREAD for what could not be read."""

    reason: str | None = None
    station: str | None = None
    office: str | None = None
    version: str | None = None
    owner: str | None = None
    muted: bool | None = None

    def fits(self, one: Mapping[str, Any]) -> bool:
        """Tell whether a group is wanted."""
        same = (("reason", self.reason), ("station", self.station), ("version", self.version), ("owner", self.owner))
        return (
            all(value is None or (one[name] or UNREAD) == value for name, value in same)
            and (self.office is None or _is_of(one["office"], self.office))
            and self.muted in {None, one["muted"]}
        )


def groups(connection: Connection, by: By = By.CAUSE) -> list[dict[str, Any]]:
    """Return the groups that have open items: muted ones last, else the largest first."""
    asked = _asked(connection)
    if by is By.TYPE:
        told = [_counted(by, row._asdict()) for row in connection.execute(_TYPES, asked)]
    else:
        told = list(_causes(connection, connection.execute(_ALL_CAUSES, asked), asked))
        if by is not By.CAUSE:
            told = _together(by, told)
    return [_told(one) for one in sorted(told, key=lambda one: (one.get("muted", False), -one["open"], one["group"]))]


def group(connection: Connection, fingerprint: str) -> dict[str, Any]:
    """Return one group by its fingerprint, also when nothing of it is open. Raises Unknown for one never seen."""
    asked = _asked(connection, fingerprint)
    found = next(_causes(connection, connection.execute(_ONE_CAUSE, asked), asked), None)
    if found is None:
        raise Unknown("group of parked items", fingerprint, "see `ektp parked groups --by cause`")
    return _told(found)


def _asked(connection: Connection, fingerprint: str | None = None) -> Mapping[str, Any]:
    deploy = last_deploy(connection)
    return {"deployed": deploy[1] if deploy else None, "group": fingerprint}


def _causes(connection: Connection, rows: Iterable[Row[Any]], asked: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield groups by cause, with what people say about each."""
    said = {row.fingerprint: row for row in connection.execute(_SAID, asked)}
    notes = defaultdict[str, list[dict[str, Any]]](list)
    for row in connection.execute(_NOTES, asked):
        notes[row.fingerprint].append({"at": written(row.noted), "by": row.noted_by, "note": row.note})
    deployed = asked["deployed"]
    for row in rows:
        cause = cause_of(row.reason, row.detail, row.type, row.sender, row.office)
        known = said.get(row.fingerprint)
        yield {
            "group": row.fingerprint,
            "open": row.open,
            "oldest": row.oldest,
            "newest": row.newest,
            "since_deploy": row.since,
            "first": row.first,
            "new": deployed is not None and row.first >= deployed,
            "stage": cause.stage.value,
            "reason": cause.reason,
            "detail": cause.text,
            "version": cause.version or None,
            "station": cause.station or None,
            "office": cause.office or None,
            "owner": known.owner if known else None,
            "muted": known.muted if known else False,
            "notes": notes[row.fingerprint],
        }


def _together(by: By, causes: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Put the causes together that share one thing."""
    found = dict[str, dict[str, Any]]()
    for one in causes:
        name = one[by.value] or ""
        whole = found.setdefault(name, {**one, "name": name, "open": 0, "since": 0, "causes": 0})
        whole["open"] += one["open"]
        whole["since"] += one["since_deploy"]
        whole["causes"] += 1
        whole["oldest"] = min(whole["oldest"], one["oldest"])
        whole["newest"] = max(whole["newest"], one["newest"])
    return [_counted(by, whole) for whole in found.values()]


def _counted(by: By, whole: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "group": whole["name"],
        "open": whole["open"],
        "oldest": whole["oldest"],
        "newest": whole["newest"],
        "since_deploy": whole["since"],
        by.value: whole["name"] or None,
        "causes": whole["causes"],
    }


def _told(one: Mapping[str, Any]) -> dict[str, Any]:
    return {name: written(value) if isinstance(value, datetime) else value for name, value in one.items()}


def _is_of(office: str | None, wanted: str) -> bool:
    return office is None if wanted == UNREAD else office is not None and covers(wanted, office)
