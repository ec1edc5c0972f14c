"""What a resident may know of the own application: never who somebody is, only how far the card has come."""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, select

from ektp.reading.clocks import Clocks
from ektp.storage.standings import read_standing
from ektp.storage.tables import APPLICATIONS
from schemas.resident import RESIDENT, Resident
from workflows.card_issuance import WAITING, Party, State, whose_move
from workflows.clock import Timekeeping

_LENGTH: Final = 12
_LETTERS: Final = frozenset("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
# What the alphabet leaves out because it is misread, read as what it was.
_MISREAD: Final = str.maketrans("OIL", "011", " -")


class Progress(NamedTuple):
    """How far a card has come; `due` is until when it was promised, None where it is printed or all is over."""

    resi: str
    office: str
    state: State
    whose_move: Party
    says: Resident
    due: datetime | None


def typed_resi(text: str) -> str | None:
    """Return the resi that somebody typed, however it was typed; None for what cannot be one."""
    letters = text.upper().translate(_MISREAD)
    if len(letters) != _LENGTH or not _LETTERS.issuperset(letters):
        return None
    return "-".join((letters[:4], letters[4:8], letters[8:]))


def application_of(connection: Connection, resi: str) -> UUID | None:
    """Return the application with this resi, None where there is none."""
    return connection.scalars(select(APPLICATIONS.c.id).where(APPLICATIONS.c.resi == resi)).one_or_none()


def progress(connection: Connection, application: UUID, keeping: Timekeeping) -> Progress:
    """Return how far an application that is there has come."""
    row = connection.execute(select(APPLICATIONS).where(APPLICATIONS.c.id == application)).one()
    state = State(row.state)
    promised = Clocks(connection, keeping).promised(row)
    return Progress(
        resi=row.resi,
        office=row.office,
        state=state,
        whose_move=whose_move(read_standing(row.standing)),
        says=Resident.model_validate(RESIDENT[WAITING[state].notice or ""]),
        due=datetime.fromisoformat(promised) if promised else None,
    )
