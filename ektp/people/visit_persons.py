"""Who is to be met on a visit and where they live: opened for a reason, noted before it is answered."""

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import text

from consumers.acts import Act
from ektp.reading.snapshot import snapshot
from ektp.storage.engine import transaction
from ektp.storage.secrets.persons import person_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ektp.bootstrap import Parts

_SEALED: Final = text("""
select r.id, r.sealed from visit_requests r join visit_errands e on e.request = r.id
where e.visit = :visit and r.sealed is not null
""")
_GUESTS: Final = text("select application from visit_guests where visit = :visit")


@dataclass(frozen=True, slots=True)
class Met:
    """The names of residents by application, and homes and contacts by request, as they are shown this once."""

    names: "Mapping[str, str]" = field(repr=False)
    homes: "Mapping[str, str]" = field(repr=False)


def people_of_visit(parts: "Parts", visit: UUID, by: str, because: str) -> Met:
    """Return who is to be met; whatever cannot be noted is not answered. Raises StoreAway and WrongUse."""
    vault = parts.vault
    with snapshot(parts.engine) as connection:
        guests = [row.application for row in connection.execute(_GUESTS, {"visit": visit})]
    detail = {"purpose": "visit", "visit": str(visit), "because": because}
    acts = [Act(by, "person-opened", str(guest), detail) for guest in guests]
    with transaction(parts.engine) as connection_:
        parts.audit.chain.append(connection_, *acts, Act(by, "visit-opened", str(visit), {"because": because}))
    with snapshot(parts.engine) as connection:
        names = {str(guest): person_of(connection, vault, guest).get("name", "") for guest in guests}
        sealed = connection.execute(_SEALED, {"visit": visit}).all()
    homes = {str(row.id): _where(json.loads(vault.open(bytes(row.sealed), row.id.bytes))) for row in sealed}
    return Met(names, homes)


def _where(secret: dict[str, Any]) -> str:
    contact = secret.get("contact") or {}
    return ", ".join(part for part in (secret.get("home"), contact.get("address")) if part)
