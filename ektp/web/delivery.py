"""What one request delivers: one event or a batch, read into submissions in the name of whoever sent it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from starlette.datastructures import Headers

from ektp.web.accounts import Account
from ektp.web.batch import BATCH_TYPE, cut
from ektp.web.body import Body
from schemas.cloudevents import LARGEST, PREFIX, STRUCTURED_TYPE, mode_of
from schemas.errors import Refused
from schemas.reasons import Reason
from schemas.refusals import Refusal
from schemas.submission import Door, Submission, read_line, read_message
from schemas.values import is_station
from schemas.wire_json import read_object

_PLACE: Final = "/stations/"


class Delivery:
    """A body with its headers; `several` after `read` tells whether it was a batch that could be cut."""

    def __init__(self, headers: Headers, account: Account) -> None:
        self._headers, self._account = headers, account
        self._kind = ", ".join(headers.getlist("content-type"))
        self.in_batch = self._kind.partition(";")[0].strip().lower() == BATCH_TYPE
        self.several = False

    def read(self, body: Body) -> Sequence[Submission]:
        """Return what was delivered, understood or refused; never raises for bad input."""
        if self.in_batch:
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
        named, station = _station_named(read), self._account.station
        if station is None:
            return replace(read, sender=named or "")
        if read.event is None or named == station:
            return replace(read, sender=station)
        about = Refusal(Reason.SENDER_NOT_ALLOWED, "an account speaks for its own station only", str(read.event.id))
        return replace(read, sender=station, event=None, refusal=about)


def _attributes(headers: Headers) -> dict[str, object]:
    """Return the ce- headers; one that came twice is a list, which no attribute can be."""
    found = dict[str, object]()
    for name in headers:
        if name.startswith(PREFIX):
            values = headers.getlist(name)
            found[name] = values[0] if len(values) == 1 else values
    return found


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
