"""The wire between one process and the broker, overheard: what is unacknowledged and what is unconfirmed on it."""

import socket
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from struct import unpack_from
from typing import Final, cast
from urllib.parse import urlsplit

from tests.servers.proxy import FaultProxy, Mode, Pair

Open = tuple[int, int, int]
"""One message that is open: connection, channel, delivery tag."""

METHOD: Final = 1
HEADER: Final = 7  # bytes of a frame before its payload
GREETING: Final = b"AMQP"
CONFIRM_SELECT: Final = (85, 10)
PUBLISH, DELIVER = (60, 40), (60, 60)
ACK, REJECT, NACK = (60, 80), (60, 90), (60, 120)


class Wire(FaultProxy):
    """A way to the broker for one process, which may end and come back; give it `url` in place of the broker's.

    Whatever is said takes `delay` seconds each way, as between two towns, and is noted when it arrives.
    """

    def __init__(self, url: str, delay: float) -> None:
        parts = urlsplit(url)
        assert parts.port is not None
        self._accounts: dict[Pair, _Account] = {}
        self._numbers = count(1)
        self._lock = threading.Lock()
        self.redelivered = 0  #: deliveries that the broker marked as such
        super().__init__((parts.hostname or "127.0.0.1", parts.port), delay=delay)
        self.mode = Mode.DELAY
        self.url = url.replace(f":{parts.port}/", f":{self.port}/")

    def unacknowledged(self) -> set[Open]:
        """Return what the process holds now, and what it held on connections that have ended."""
        with self._lock:
            return {one for account in self._accounts.values() for one in account.delivered}

    def unconfirmed(self) -> set[Open]:
        """Return what the process has sent without having been told that the broker has it, likewise."""
        with self._lock:
            return {one for account in self._accounts.values() for one in account.published}

    def open_numbers(self) -> set[int]:
        """Return the connections that stand."""
        with self._changed, self._lock:
            return {account.number for pair, account in self._accounts.items() if pair in self._pairs}

    def forget(self) -> None:
        """Forget the connections that have ended."""
        with self._changed, self._lock:
            self._accounts = {pair: account for pair, account in self._accounts.items() if pair in self._pairs}

    def _pump(self, pair: Pair, source: socket.socket, sink: socket.socket, to_us: bool) -> None:
        with self._lock:
            if pair not in self._accounts:
                self._accounts[pair] = _Account(next(self._numbers))
            account = self._accounts[pair]
        reader = _FrameReader(self._heard if to_us else self._said, account)
        super()._pump(pair, source, cast("socket.socket", _Overheard(sink, reader)), to_us)

    def _said(self, account: "_Account", channel: int, method: tuple[int, int], arguments: bytes) -> None:
        """Note what the process said."""
        with self._lock:
            if method == CONFIRM_SELECT:
                account.confirms[channel] = 0
            elif method == PUBLISH and channel in account.confirms:
                account.confirms[channel] += 1
                account.published.add((account.number, channel, account.confirms[channel]))
            elif method in {ACK, REJECT, NACK}:
                account.close(account.delivered, channel, arguments, several=method != REJECT)

    def _heard(self, account: "_Account", channel: int, method: tuple[int, int], arguments: bytes) -> None:
        """Note what the broker said."""
        with self._lock:
            if method == DELIVER:
                tag, redelivered = unpack_from(">QB", arguments, 1 + arguments[0])
                account.delivered.add((account.number, channel, tag))
                self.redelivered += redelivered & 1
            elif method in {ACK, NACK}:
                account.close(account.published, channel, arguments, several=True)


@dataclass(slots=True)
class _Account:
    """What is open on one connection."""

    number: int
    delivered: set[Open] = field(default_factory=set)
    published: set[Open] = field(default_factory=set)
    confirms: dict[int, int] = field(default_factory=lambda: defaultdict(int))  # channel -> last tag

    def close(self, opened: set[Open], channel: int, arguments: bytes, *, several: bool) -> None:
        """Take out the tag that the arguments begin with, or all up to it if they say so."""
        tag, bits = unpack_from(">QB", arguments)
        if several and bits & 1:
            opened -= {one for one in opened if one[1] == channel and (one[2] <= tag or tag == 0)}
        else:
            opened.discard((self.number, channel, tag))


class _FrameReader:
    """Find the methods in a stream of bytes."""

    def __init__(self, tell: Callable[[_Account, int, tuple[int, int], bytes], None], account: _Account) -> None:
        self._tell, self._account = tell, account
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """Take what came, and tell of every method that is complete."""
        self._rest += data
        if self._rest.startswith(GREETING):
            self._rest = self._rest[8:]
        at = 0
        while len(self._rest) >= at + HEADER:
            kind, channel, size = unpack_from(">BHI", self._rest, at)
            if len(self._rest) < at + HEADER + size + 1:
                break
            if kind == METHOD:
                payload = self._rest[at + HEADER : at + HEADER + size]
                self._tell(self._account, channel, unpack_from(">HH", payload), payload[4:])
            at += HEADER + size + 1
        self._rest = self._rest[at:]


class _Overheard:
    """A socket that is written through the frame reader."""

    def __init__(self, sink: socket.socket, reader: _FrameReader) -> None:
        self._sink, self._reader = sink, reader

    def sendall(self, data: bytes) -> None:
        """Note what arrives, and let it."""
        self._reader.feed(data)
        self._sink.sendall(data)
