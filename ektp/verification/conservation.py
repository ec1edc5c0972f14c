"""Nothing is lost or counted twice: tallies equal a recount, an id is claimed once, a NIK has one open application."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, text

from consumers.census import STUCK
from ektp.reading.overdue import OVERDUE
from ektp.verification.finding import Advance, Finding
from schemas.upcasting import UPCASTERS, Step, types_of

# Remedies, promises kept and what was spread over minutes are kept nowhere else.
_TALLIED: Final = text(
    "select office, kind, key, sum(delta) from tallies where kind in ('state', 'overdue', 'stuck', 'event', 'deadline')"
    " group by office, kind, key"
)
_STATES: Final = text("select office, state, count(*) from applications group by office, state")
_OVERDUE: Final = text(f"select office, state, count(*) from applications where {OVERDUE} group by office, state")  # noqa: S608 - a constant of ours
_STUCK: Final = text(f"select office, situation, count(*) from applications where {OVERDUE} group by 1, 2")  # noqa: S608 - as above
_OUTCOMES: Final = text(
    "select outcome, count(*) from history group by outcome"
    " union all select 'held', count(*) from held"
    " union all select 'parked', count(*) from parked where state <> 'repaired'"
)
_DEADLINES: Final = text(
    "select data->>'deadline', count(*) from history where type = any(:types) and outcome = 'applied' group by 1"
)
_CLAIMS: Final = text("select (select count(*) from history) + (select count(*) from held)")
_CLAIMED_TWICE: Final = text("select id from history join held using (id)")
_OPEN: Final = text("select count(*) from applications where state not in ('collected', 'cancelled')")
_OPEN_TWICE: Final = text(
    "select min(id::text), count(*) from applications where state not in ('collected', 'cancelled')"
    " group by nik_key having count(*) > 1"
)


def counts_are_conserved(
    connection: Connection, _advance: Advance, upcasters: Mapping[str, Step] = UPCASTERS
) -> list[Finding]:
    """I-1: applications by office and state, overdue or not, events, deadlines: as many as the tallies say."""
    finding = Finding("counts-are-conserved")
    tallied = {(office, kind, key): int(total) for office, kind, key, total in connection.execute(_TALLIED)}
    counted = Counter[tuple[str, str, str]]()
    for office, state, number in connection.execute(_STATES):
        counted[office, "state", state] = number
    for office, state, number in connection.execute(_OVERDUE):
        counted[office, "overdue", state] = number
    for office, cause, number in connection.execute(_STUCK):
        counted[office, STUCK, cause] = number
    for outcome, number in connection.execute(_OUTCOMES):
        counted["", "event", outcome] = number
    for deadline, number in connection.execute(_DEADLINES, {"types": types_of("deadline-passed", upcasters=upcasters)}):
        counted["", "deadline", deadline] = number
    # How often something was repeated is not kept anywhere else.
    names = {*tallied, *counted} - {("", "event", "repeated")}
    for name in sorted(names):
        finding.checked += 1
        told, found = tallied.get(name, 0), counted[name]
        finding.expect(told == found, f"{' '.join(name).strip()}: tallied {told}, counted {found}")
    return [finding]


def ids_are_unique(connection: Connection, _advance: Advance) -> list[Finding]:
    """I-2: an event is applied once, and is not held once it is."""
    finding = Finding("ids-are-unique", _number(connection.scalar(_CLAIMS)))
    for row in connection.execute(_CLAIMED_TWICE):
        finding.expect(False, row.id)
    return [finding]


def one_open_application_per_nik(connection: Connection, _advance: Advance) -> list[Finding]:
    """I-11: nobody has two applications open."""
    finding = Finding("one-open-application-per-nik", _number(connection.scalar(_OPEN)))
    for application, number in connection.execute(_OPEN_TWICE):
        finding.expect(False, f"{application} and {number - 1} more")
    return [finding]


def _number(value: Any) -> int:  # noqa: ANN401 - a scalar of the driver
    return int(value or 0)
