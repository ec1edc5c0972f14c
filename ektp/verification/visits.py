"""Outreach: what was promised stands in the history, whoever is invited is in a promised visit, and was told."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, text

from ektp.verification.finding import Advance, Finding
from schemas.upcasting import UPCASTERS, Step, name_today, types_of

# A visit that was held may never have been promised.
_VISITS: Final = text("""
select v.id, v.state, coalesce(told.said, '{}') as said from visits v left join (
    select subject, array_agg(type) as said from history
    where type = any(:types) and outcome = 'applied' group by 1) as told on told.subject = v.id::text
""")
_GUESTS: Final = text("""
select g.visit, g.application, g.state, v.state as visit_state from visit_guests g join visits v on v.id = g.visit
""")
_TOLD: Final = text("""
select coalesce(guests.application, letters.application) as application,
    coalesce(guests.number, 0) as guests, coalesce(letters.number, 0) as letters
from (
    select g.application, count(*) as number from visit_guests g join history h on h.subject = g.visit::text
    where h.type = any(:types) and h.outcome = 'applied' group by 1
) as guests full join (
    select application, count(*) as number from outbox where routing_key like 'visit-announced.%' group by 1
) as letters using (application)
""")
_SAID: Final = {"planned": "visit-planned", "held": "visit-held", "cancelled": "visit-cancelled"}
_STATES: Final = {
    "proposed": {"proposed"},
    "planned": {"invited"},
    "held": {"met", "absent"},
    "cancelled": {"released"},
}


def visits_are_kept(
    connection: Connection, _advance: Advance, upcasters: Mapping[str, Step] = UPCASTERS
) -> list[Finding]:
    """Find a visit that is otherwise than was said, a guest who is not as the visit, or was not told of it once."""
    finding = Finding("visits-are-kept")
    for row in connection.execute(_VISITS, {"types": types_of(*_SAID.values(), upcasters=upcasters)}):
        finding.checked += 1
        said = [name_today(type_, upcasters) for type_ in row.said]
        wanted = _SAID.get(row.state)
        finding.expect(wanted in said if wanted else not said, f"{row.id}: {row.state}, and said was {said}")
    for row in connection.execute(_GUESTS):
        finding.checked += 1
        finding.expect(row.state in _STATES[row.visit_state], f"{row.visit}: {row.visit_state}, a guest is {row.state}")
    for row in connection.execute(_TOLD, {"types": types_of("visit-planned", upcasters=upcasters)}):
        finding.checked += 1
        finding.expect(
            row.guests == row.letters, f"{row.application}: in {row.guests} visits, told {row.letters} times"
        )
    return [finding]
