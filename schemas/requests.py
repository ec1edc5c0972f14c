"""What we ask of others; the answer to each is an event."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, Final, Literal
from uuid import UUID

from pydantic import Field

from schemas.event import Data
from schemas.moments import Moment
from schemas.outgoing import Outgoing
from schemas.outgoing import write as write_outgoing
from schemas.roles import Role
from schemas.serials import Serial
from schemas.text import Mark
from schemas.values import ApplicationId, Attempt, Office, StationName, Try, Turn


class Asked(Data):
    """Where it is wanted, and by when an answer is due; which application unless blanko are asked for."""

    application: ApplicationId
    office: Office
    answer_by: Moment


class PacketAsked(Asked):
    """Which recording, and which try this will be."""

    attempt: Attempt
    try_: Try = Field(alias="try")
    enrolment: Mark | None = None
    station: StationName | None = None


class RecordAsked(Asked):
    """Which recording."""

    attempt: Attempt
    enrolment: Mark | None = None
    station: StationName | None = None


class CardAsked(Asked):
    """Which blanko, in which turn."""

    blanko: Serial
    turn: Turn
    attempt: Attempt | None = None
    printer: Mark | None = None


class BlankoAsked(Data):
    """How many blanko an office needs."""

    office: Office
    count: int = Field(ge=1)
    answer_by: Moment


class Request(Outgoing):
    """Something asked about one application, of stations with the roles `of`."""

    of: ClassVar[frozenset[Role]]
    subject: ApplicationId


class ResendPacket(Request):
    """Send the packet of a recording again; answered by enrolment-progressed."""

    name: ClassVar[str] = "resend-packet"
    of = frozenset({Role.STATION})
    type: Literal["id.ektp.resend-packet.v1"]
    data: PacketAsked


class RetrySearch(Request):
    """Search for the person again; answered by data-verified or verification-failed."""

    name: ClassVar[str] = "retry-search"
    of = frozenset({Role.CENTRE})
    type: Literal["id.ektp.retry-search.v1"]
    data: PacketAsked


class DeleteCentralRecord(Request):
    """Delete the record at the centre; answered by central-record-deleted."""

    name: ClassVar[str] = "delete-central-record"
    of = frozenset({Role.CENTRE})
    type: Literal["id.ektp.delete-central-record.v1"]
    data: RecordAsked


class InviteResident(Request):
    """Tell the resident to come again; answered by resident-invited."""

    name: ClassVar[str] = "invite-resident"
    of = frozenset({Role.STATION, Role.COUNTER})
    type: Literal["id.ektp.invite-resident.v1"]
    data: RecordAsked


class PrintCard(Request):
    """Print the card; answered by printed or print-failed."""

    name: ClassVar[str] = "print-card"
    of = frozenset({Role.PRINTER})
    type: Literal["id.ektp.print-card.v1"]
    data: CardAsked


class VoidPrint(Request):
    """Do not print, and give the blanko back; answered by print-voided or printed."""

    name: ClassVar[str] = "void-print"
    of = frozenset({Role.PRINTER})
    type: Literal["id.ektp.void-print.v1"]
    data: CardAsked


class DestroyCard(Request):
    """Destroy a card that must not be given out; answered by card-destroyed."""

    name: ClassVar[str] = "destroy-card"
    of = frozenset({Role.PRINTER, Role.COUNTER, Role.WAREHOUSE})
    type: Literal["id.ektp.destroy-card.v1"]
    data: CardAsked


class DeliverBlanko(Outgoing):
    """Send blanko to an office; answered by blanko-received; the subject is the office."""

    name: ClassVar[str] = "deliver-blanko"
    type: Literal["id.ektp.deliver-blanko.v1"]
    subject: Office
    data: BlankoAsked


REQUESTS: Final[Mapping[str, type[Outgoing]]] = MappingProxyType(
    {
        request.name: request
        for request in (
            ResendPacket,
            RetrySearch,
            DeleteCentralRecord,
            InviteResident,
            PrintCard,
            VoidPrint,
            DestroyCard,
            DeliverBlanko,
        )
    }
)
#: The roles that each request about an application is addressed to, by its name.
ADDRESSED: Final[Mapping[str, frozenset[Role]]] = MappingProxyType(
    {name: request.of for name, request in REQUESTS.items() if issubclass(request, Request)}
)


def write(  # noqa: PLR0913  (an envelope has that many parts)
    name: str,
    *,
    id: UUID,  # noqa: A002
    subject: str,
    time: datetime,
    sequence: int,
    data: Mapping[str, Any],
) -> bytes:
    """Write a request; what does not apply (None) is left out."""
    asked = {field: value for field, value in data.items() if value is not None}
    return write_outgoing(name, id=id, subject=subject, time=time, sequence=sequence, data=asked)
