"""What residents are told of a visit: that it comes to them, when and where; or that it is called off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from consumers.letters import NOTICES, letter_id
from consumers.ports import Letter
from schemas import notices
from schemas.places import place
from workflows.application import told

if TYPE_CHECKING:
    from datetime import datetime

    from consumers.books import Application
    from workflows.visits import Booked

ANNOUNCED: Final = notices.VisitAnnounced.name
CALLED_OFF: Final = notices.VisitCalledOff.name


def visit_letter(  # noqa: PLR0913, PLR0917 - a letter says that many things
    name: str, application: Application, visit: Booked, kelurahan: str, where: str | None, now: datetime
) -> Letter:
    """Return the notice to one resident, the next of the application's series."""
    number = application.notices + 1
    identity, subject = letter_id(NOTICES, application.id, number), str(application.id)
    says = told(application.standing, application.state)
    data: dict[str, Any] = {
        "application": subject,
        "resi": application.resi,
        "office": application.standing.office,
        "state": str(says.state),
        "previous": str(says.state),
        "attempt": application.standing.attempt,
        "because": says.because,
        "whose_move": "resident" if name == ANNOUNCED else "office",
        "when": visit.begins,
        "where": where or _spelled(kelurahan, visit.kecamatan),
    }
    body = notices.write(name, id=identity, subject=subject, time=now, sequence=number, data=data)
    return Letter(identity, NOTICES, f"{name}.{application.standing.office}", body)


def _spelled(kelurahan: str, kecamatan: str) -> str:
    """Write where the visit stops; residents of unknown kelurahan are met at the kecamatan."""
    found = place(kecamatan)
    around = f"Kecamatan {found.name}" if found and found.level == "district" else f"Dukcapil {kecamatan}"
    return f"{kelurahan}, {around}" if kelurahan else around
