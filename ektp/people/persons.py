"""The persons behind the applications: found by their NIK, shown to who has a reason; noted before it is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import Engine

from consumers.acts import Act
from ektp.reading.applications import of_nik
from ektp.reading.scope import Offices
from ektp.reading.sent_letters import Asked
from ektp.reading.snapshot import snapshot
from ektp.storage.people.audit import PostgresAudit
from ektp.storage.secrets.persons import person_of
from ektp.storage.secrets.vault import Vault
from schemas.nik import Nik
from workflows.timekeeping import Timekeeping

if TYPE_CHECKING:
    from ektp.bootstrap import Parts

NOTHING_FOUND: Final = "nothing found"


@dataclass(frozen=True, slots=True)
class Shown:
    """Who an application is for, as it is shown this once."""

    nik: str = field(repr=False)
    name: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Persons:
    """Looks persons up in one store. Whatever cannot be noted is not answered."""

    engine: Engine
    vault: Vault
    audit: PostgresAudit

    def search(self, nik: Nik, keeping: Timekeeping, by: str, offices: Offices) -> list[dict[str, Any]]:
        """Return the applications of this NIK in these regions, as lists show them; it is noted which were found.

        Raises StoreAway and WrongUse.
        """
        with snapshot(self.engine) as connection:
            found = of_nik(connection, keeping, self.vault.key_of(nik.digits), offices)
        for about in [one["application"] for one in found] or [NOTHING_FOUND]:
            self.audit.note(Act(by, "person-searched", about))
        return found

    def reveal(self, application: UUID, by: str, because: str) -> Shown:
        """Return who an application is for. Raises StoreAway and WrongUse."""
        person = self._opened(application, by, {"purpose": "reveal", "because": because})
        return Shown(person["nik"], person.get("name"))

    def subject(self, request: UUID, asked: Asked, by: str) -> str:
        """Return the NIK that a request is about. Raises StoreAway and WrongUse."""
        detail = {"purpose": "request", "request": str(request), "asked": asked.name}
        return str(self._opened(asked.application, by, detail)["nik"])

    def _opened(self, application: UUID, by: str, detail: Mapping[str, str]) -> dict[str, Any]:
        self.audit.note(Act(by, "person-opened", str(application), detail))
        with snapshot(self.engine) as connection:
            return person_of(connection, self.vault, application)


def persons_of(parts: "Parts") -> Persons:
    """Return what looks persons up in the store of these parts."""
    return Persons(parts.engine, parts.vault, parts.audit)
