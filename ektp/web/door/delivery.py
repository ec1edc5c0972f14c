"""What one request delivers: one event or a batch, read into submissions in the name of whoever sent it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from starlette.datastructures import Headers

from consumers.admission import judged
from consumers.ports import Message
from ektp.web.access.accounts import Account
from ektp.web.door.batch import content_type, cut, is_batch
from ektp.web.door.body import Body
from schemas.cloudevents import LARGEST, PREFIX, STRUCTURED_TYPE, mode_of
from schemas.errors import Refused
from schemas.reasons import Reason
from schemas.refusals import Refusal
from schemas.submission import Door, Submission, read_line, read_message
from schemas.values import is_station
from schemas.wire_json import read_object

_PLACE: Final = "/stations/"
_SENT, _UNSENT = "ektp-sent", "ektp-unsent"  # as in the headers of a message
_SAID: Final = (_SENT, _UNSENT)


class Delivery:
    """A body with its headers; `several` after `read` tells whether it was a batch that could be cut."""

    def __init__(self, headers: Headers, account: Account) -> None:
        self._headers, self._account = headers, account
        self._kind = content_type(headers)
        self.several = False

    def read(self, body: Body) -> Sequence[Submission]:
        """Return what was delivered, understood or refused; never raises for bad input."""
        if is_batch(self._headers):
            return [self._signed(one) for one in self._batch(body)]
        attributes = _attributes(self._headers)
        encoding = self._headers.get("content-encoding")
        return [
            self._signed(
                read_message(
                    body.content,
                    door=Door.HTTP,
                    content_type=self._kind or None,
                    content_encoding=encoding,
                    headers=attributes,
                )
            )
        ]

    def _batch(self, body: Body) -> Sequence[Submission]:
        """Read each item alone; a batch that cannot be cut is one thing that cannot be, its beginning is kept."""
        try:
            items = self._items(body)
        except Refused as refused:
            beginning = body.content[: LARGEST + 1]
            return [Submission(Door.HTTP, "", beginning, None, Refusal(refused.reason, refused.detail))]
        self.several = True
        return [read_line(item, door=Door.HTTP) for item in items]

    def _items(self, body: Body) -> Sequence[bytes]:
        charset = self._kind.partition(";")[2]
        mode_of(f"{STRUCTURED_TYPE};{charset}", self._headers.get("content-encoding"), {})
        if body.too_large:
            raise Refused(Reason.TOO_LARGE, "a batch may have 1 MiB")
        return cut(body.content)

    def _signed(self, read: Submission) -> Submission:
        """Write the sender into a submission: the account's station, or for all stations the one that is named."""
        if self._account.station is None:
            return replace(read, sender=_station_named(read) or "")
        return judged(replace(read, sender=self._account.station.name), self._account.station)

    def messages(self, submissions: Sequence[Submission]) -> Sequence[Message]:
        """Return what the Watch is to know of each: a station's own word, in the headers of the request."""
        said = dict[str, object]()
        if self._account.station is not None:
            said = {name: value for name in _SAID if (value := _said(self._headers, name)) is not None}
        return [Message(b"", None, None, said, "", one.sender or None, 0, False, 0) for one in submissions]


def _attributes(headers: Headers) -> dict[str, object]:
    """Return the ce- headers; one that came twice is a list, which no attribute can be."""
    found = dict[str, object]()
    for name in headers:
        if name.startswith(PREFIX):
            values = headers.getlist(name)
            found[name] = values[0] if len(values) == 1 else values
    return found


def _said(headers: Headers, name: str) -> object:
    """Return a header as a message has it, None where it is missing or cannot be."""
    values = headers.getlist(name)
    if len(values) != 1 or len(values[0]) > len("2026-02-12T12:00:00.000000000+07:00"):
        return None
    if name == _SENT:
        return values[0]
    return int(values[0]) if values[0].isascii() and values[0].isdigit() else None


def _station_named(read: Submission) -> str | None:
    """Return the station that the source names, also of a refused event where it can be read."""
    source: object
    if read.event is not None:
        source = read.event.source
    else:
        try:
            source = read_object(read.body).get("source")
        except Refused:
            return None
    if not isinstance(source, str) or not source.startswith(_PLACE):
        return None
    named = source.removeprefix(_PLACE)
    return named if is_station(named) else None
