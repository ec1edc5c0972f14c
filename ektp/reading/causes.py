"""What is parked, in groups: by the fingerprint of the cause, or by one thing alone."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, text

from ektp.reading.errors import Unknown
from ektp.reading.moments import written
from ektp.storage.releases import last_deploy
from workflows.fingerprints import Cause, cause_of

# What was closed counts as well: a cause is new when it was never seen before.
_ALIKE: Final = text("""
select reason, detail, type, sender, office,
    count(*) filter (where state = 'open') as open, min(received) as first,
    min(received) filter (where state = 'open') as oldest, max(received) filter (where state = 'open') as newest,
    count(*) filter (where state = 'open' and received >= :deployed) as since
from parked group by reason, detail, type, sender, office
""")
_SAID: Final = text("select fingerprint, owner, muted from parked_groups")
_NOTES: Final = text("select fingerprint, noted, noted_by, note from parked_notes order by seq")


class By(StrEnum):
    """What makes a group."""

    CAUSE = "cause"
    REASON = "reason"
    STATION = "station"
    OFFICE = "office"
    TYPE = "type"


@dataclass(slots=True)
class _Group:
    """A group while it is counted."""

    open: int = 0
    since: int = 0
    first: datetime | None = None
    oldest: datetime | None = None
    newest: datetime | None = None
    causes: set[Cause] = field(default_factory=set)

    def add(self, row: Any, cause: Cause) -> None:  # noqa: ANN401 - a row of any select
        """Count what is alike."""
        self.first = row.first if self.first is None else min(self.first, row.first)
        if not row.open:
            return
        self.open += row.open
        self.since += row.since
        self.oldest = row.oldest if self.oldest is None else min(self.oldest, row.oldest)
        self.newest = row.newest if self.newest is None else max(self.newest, row.newest)
        self.causes.add(cause)


def groups(connection: Connection, by: By = By.CAUSE) -> list[dict[str, Any]]:
    """Return the groups that have open items: muted ones last, else the largest first."""
    deploy = last_deploy(connection)
    deployed = deploy[1] if deploy else None
    found: defaultdict[str, _Group] = defaultdict(_Group)
    for row in connection.execute(_ALIKE, {"deployed": deployed}):
        cause = cause_of(row.reason, row.detail, row.type, row.sender, row.office)
        found[_NAMES[by](row, cause)].add(row, cause)
    told = [_told(by, name, group, deployed) for name, group in found.items() if group.open]
    if by is By.CAUSE:
        _add_said(connection, told)
    return sorted(told, key=lambda one: (one.get("muted", False), -one["open"], one["group"]))


def group(connection: Connection, fingerprint: str) -> dict[str, Any]:
    """Return one group by its fingerprint. Raises Unknown for one that has nothing open."""
    found = next((one for one in groups(connection) if one["group"] == fingerprint), None)
    if found is None:
        raise Unknown("group of parked items", fingerprint, "see `ektp parked groups --by cause`")
    return found


def _told(by: By, name: str, group: _Group, deployed: datetime | None) -> dict[str, Any]:
    assert group.oldest is not None
    assert group.newest is not None
    told: dict[str, Any] = {
        "group": name,
        "open": group.open,
        "oldest": written(group.oldest),
        "newest": written(group.newest),
        "since_deploy": group.since,
    }
    if by is not By.CAUSE:
        return {**told, by.value: name or None, "causes": len(group.causes)}
    (cause,) = group.causes
    is_new = deployed is not None and group.first is not None and group.first >= deployed
    return {
        **told,
        "new": is_new,
        "stage": cause.stage.value,
        "reason": cause.reason,
        "detail": cause.text,
        "version": cause.version or None,
        "station": cause.station or None,
        "office": cause.office or None,
    }


def _add_said(connection: Connection, told: Iterable[dict[str, Any]]) -> None:
    said = {row.fingerprint: row for row in connection.execute(_SAID)}
    notes = defaultdict(list)
    for row in connection.execute(_NOTES):
        notes[row.fingerprint].append({"at": written(row.noted), "by": row.noted_by, "note": row.note})
    for one in told:
        known = said.get(one["group"])
        one["owner"] = known.owner if known else None
        one["muted"] = known.muted if known else False
        one["notes"] = notes[one["group"]]


_NAMES: Final[Mapping[By, Callable[[Any, Cause], str]]] = {
    By.CAUSE: lambda _, cause: cause.fingerprint,
    By.REASON: lambda row, _: row.reason,
    By.STATION: lambda row, _: row.sender,
    By.OFFICE: lambda row, _: row.office or "",
    By.TYPE: lambda row, _: row.type or "",
}
