"""The audit as a chain: a row's mac covers the row and the mac before it, under a key that the store never sees."""

import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

_FIRST: Final = bytes(32)


class Row(NamedTuple):
    """One act as it is kept; `seq` counts them from 1 without gaps."""

    seq: int
    at: datetime
    actor: str
    what: str
    about: str
    detail: Mapping[str, str | int | None]
    mac: bytes = b""


class Head(NamedTuple):
    """The end of a chain: whoever has it elsewhere can tell whether rows up to it are gone. 0: nothing was noted."""

    seq: int = 0
    mac: bytes = _FIRST


def mac_of(key: bytes, before: bytes, row: Row) -> bytes:
    """Return the HMAC-SHA256 (32 bytes) of a row behind the mac of the row before it."""
    told = {**row._asdict(), "at": row.at.astimezone(UTC).isoformat(timespec="microseconds")}
    del told["mac"]
    written = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hmac.digest(key, before + written.encode(), "sha256")


class Walk:
    """Walks along a chain from its first row; `first` is the number of the first row that is wrong, and `why` says how.

    Without a key only the numbers are looked at. `exported` is a head that was kept elsewhere.
    """

    def __init__(self, key: bytes | None, exported: Head | None = None) -> None:
        self._key = key
        self._exported = exported
        self._known = True  # the mac before is the one that the next row was chained to
        self.rows = self.broken = 0
        self.first: int | None = None
        self.why = ""
        self.head = Head()
        self.ended = False  #: Whether it came to the end of the chain.

    def step(self, row: Row) -> None:
        """Look at the next row; rows come by their numbers."""
        self.rows += 1
        if (expected := self.head.seq + 1) != row.seq:
            self._wrong(expected, "is missing", max(row.seq - expected, 1))
            self._known = False
        if self._key is not None and self._known and not self._fits(self._key, row):
            self._wrong(row.seq, "is not what was noted: changed, put in, or in another's place")
        elif self._exported is not None and row.seq == self._exported.seq and row.mac != self._exported.mac:
            self._wrong(row.seq, "is not the one whose head was exported")
        self._known = True
        self.head = Head(row.seq, row.mac)

    def end(self) -> None:
        """Look whether the chain reaches as far as the exported head says."""
        self.ended = True
        if self._exported is not None and (short := self._exported.seq - self.head.seq) > 0:
            self._wrong(self.head.seq + 1, f"is missing, and all up to {self._exported.seq}: cut off", short)

    def _fits(self, key: bytes, row: Row) -> bool:
        return hmac.compare_digest(mac_of(key, self.head.mac, row), row.mac)

    def _wrong(self, seq: int, why: str, count: int = 1) -> None:
        self.broken += count
        if self.first is None:
            self.first, self.why = seq, why
