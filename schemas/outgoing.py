"""What leaves us is a structured CloudEvent too: one model to promise it, one writer to make it quickly."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from pydantic_core import to_json

from schemas.event import Data
from schemas.moments import Moment, write_moment
from schemas.values import EventId, Sequence

#: Everything that we say ourselves comes from here.
SOURCE: Final = "/ektp"


class Outgoing(BaseModel):
    """A notice, a request or a word to a station, as the outside world may rely on it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    name: ClassVar[str]

    specversion: Literal["1.0"]
    id: EventId
    source: Literal["/ektp"]
    type: str
    subject: str
    time: Moment
    sequence: Sequence | None = None
    datacontenttype: Literal["application/json"]
    data: Data


def write(  # noqa: PLR0913  (an envelope has that many parts)
    name: str,
    *,
    id: UUID,  # noqa: A002
    subject: str,
    time: datetime,
    sequence: int | None,
    data: Mapping[str, Any],
) -> bytes:
    """Write the message; the data are trusted to fit its model, for a test proves each writer and this runs hot."""
    return write_around(name, id=id, subject=subject, time=time, sequence=sequence, data=to_json(data))


def write_around(  # noqa: PLR0913  (an envelope has that many parts)
    name: str,
    *,
    id: UUID,  # noqa: A002
    subject: str,
    time: datetime,
    sequence: int | None,
    data: bytes,
) -> bytes:
    """Write the message around data that are JSON already; the subject is a code of ours, without quotes."""
    number = b"" if sequence is None else b',"sequence":"%d"' % sequence
    envelope = (
        f'{{"specversion":"1.0","id":"{id}","source":"{SOURCE}","type":"id.ektp.{name}.v1","subject":"{subject}",'
        f'"time":"{_write_now(time)}","datacontenttype":"application/json","data":'
    )
    return b"%b%b%b}" % (envelope.encode(), data, number)


# All letters of one transaction are of one moment.
_write_now: Final = lru_cache(maxsize=16)(write_moment)
