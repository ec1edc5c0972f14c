"""What a resident may know of the own application: never who somebody is, only how far the card has come."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, select, text

from ektp.config.calendars import Calendars
from ektp.reading.announced import Announced, announced
from ektp.reading.clocks import Clocks
from ektp.reading.outlook import Outlook, outlook
from ektp.reading.suket import suket_in_force
from ektp.storage.journal.standings import read_standing
from ektp.storage.tables import APPLICATIONS
from schemas.resident import RESIDENT, Resident
from workflows.card_issuance import WAITING, Party, State, whose_move
from workflows.journey import Journey, journey
from workflows.outlook import Certainty
from workflows.timekeeping import Timekeeping

_LENGTH: Final = 12
_LETTERS: Final = frozenset("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
# What the alphabet leaves out because it is misread, read as what it was.
_MISREAD: Final = str.maketrans("OIL", "011", " -")
_ENTERED: Final = text("""
select after, received from history where application = :application and before is distinct from after order by version
""")


class Progress(NamedTuple):
    """How far a card has come, and what its resident can know and do.

    `due` is until when it was promised, None where it is printed or all is over; `late` tells whether that has passed.
    `waited` is in working days by party; `suket` until when a letter in force is valid, `visit` what
    was announced and is to come.
    """

    application: UUID
    resi: str
    office: str
    state: State
    whose_move: Party
    says: Resident
    due: datetime | None
    late: bool
    now: datetime
    outlook: Outlook
    journey: Journey
    waited: Mapping[str, float]
    suket: datetime | None
    visit: Announced | None


def typed_resi(text: str) -> str | None:
    """Return the resi that somebody typed, however it was typed; None for what cannot be one."""
    letters = text.upper().translate(_MISREAD)
    if len(letters) != _LENGTH or not _LETTERS.issuperset(letters):
        return None
    return "-".join((letters[:4], letters[4:8], letters[8:]))


def application_of(connection: Connection, resi: str) -> UUID | None:
    """Return the application with this resi, None where there is none."""
    return connection.scalars(select(APPLICATIONS.c.id).where(APPLICATIONS.c.resi == resi)).one_or_none()


def progress(connection: Connection, application: UUID, keeping: Timekeeping, calendars: Calendars) -> Progress:
    """Return how far an application that is there has come."""
    row = connection.execute(select(APPLICATIONS).where(APPLICATIONS.c.id == application)).one()
    state, clocks = State(row.state), Clocks(connection, keeping)
    promised = clocks.promised(row)
    due = datetime.fromisoformat(promised) if promised else None
    expected = outlook(connection, keeping, calendars, row, clocks.now)
    letter = suket_in_force(connection, application)
    entered = [(State(after), at) for after, at in connection.execute(_ENTERED, {"application": application})]
    return Progress(
        application=application,
        resi=row.resi,
        office=row.office,
        state=state,
        whose_move=whose_move(read_standing(row.standing)),
        says=Resident.model_validate(RESIDENT[_told_as(state, expected)]),
        due=due,
        late=due is not None and due < clocks.now,
        now=clocks.now,
        outlook=expected,
        journey=journey(entered),
        waited={party: days for party, days in clocks.told(row)["waited"].items() if days},
        suket=letter.valid_until if letter else None,
        visit=announced(connection, application, row.notices),
    )


def _told_as(state: State, expected: Outlook) -> str:
    """Return the notice whose words hold now: of who waits in a shortage, not that the card will be printed."""
    short = expected.certainty in (Certainty.SHORT, Certainty.STOPPED)
    return "waiting-for-blanko" if short else WAITING[state].notice or ""
