"""A proxy between us and a server that passes, cuts, delays and swallows on command."""

import contextlib
import socket
import struct
import threading
import time
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

Target = tuple[str, int] | Path
Pair = tuple[socket.socket, socket.socket]  # the client's end, the server's end


class Mode(StrEnum):
    """What the proxy does with connections and bytes."""

    PASS = "pass"
    DELAY = "delay"  #: every piece of data waits `delay` seconds
    BLACKHOLE = "blackhole"  #: connections stay open, nothing arrives on either side
    HALF_OPEN = "half-open"  #: the server hears us, we no longer hear the server
    REFUSE = "refuse"  #: a new connection is closed at once; those that stand go on


class FaultProxy:
    """Forward connections to a TCP address or to a unix socket, with faults; `with` opens and closes it.

    For a unix-socket target the proxy listens on a unix socket of the same file name in `folder`, so that a
    PostgreSQL URL needs only another `host`. Bytes held back by BLACKHOLE and HALF_OPEN are delivered on PASS.
    """

    def __init__(self, target: Target, folder: Path | None = None, delay: float = 0.2) -> None:
        self.target = target
        self.delay = delay
        self._mode = Mode.PASS
        self._changed = threading.Condition()
        self._pairs: set[Pair] = set()
        self._closed = False
        if isinstance(target, Path):
            if folder is None:
                raise ValueError("a unix-socket target needs a folder for the proxy's own socket")
            self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._listener.bind(str(folder / target.name))
            self._listener.listen(128)
        else:
            self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        """The port it listens on, in front of a TCP target."""
        return int(self._listener.getsockname()[1])

    @property
    def mode(self) -> Mode:
        """What it does now; set it at any time."""
        return self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        with self._changed:
            self._mode = mode
            self._changed.notify_all()

    @property
    def connections(self) -> int:
        """How many connections pass through it now."""
        with self._changed:
            return len(self._pairs)

    def cut(self) -> int:
        """Cut every connection with a reset, on both sides, and return how many there were."""
        with self._changed:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            for end in pair:
                _reset(end)
        return len(pairs)

    def close(self) -> None:
        """Stop listening and cut what is open."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.mode is Mode.REFUSE:
                _reset(client)
                continue
            try:
                server = self._connect()
            except OSError:
                _reset(client)
                continue
            pair = (client, server)
            with self._changed:
                self._pairs.add(pair)
            for source, sink, to_us in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._pump, args=(pair, source, sink, to_us), daemon=True).start()

    def _connect(self) -> socket.socket:
        if not isinstance(self.target, Path):
            return socket.create_connection(self.target, timeout=None)
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            server.connect(str(self.target))
        except OSError:
            server.close()
            raise
        return server

    def _pump(self, pair: Pair, source: socket.socket, sink: socket.socket, to_us: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._hold_back(to_us)
                sink.sendall(data)
            self._hold_back(to_us)
        with self._changed:
            mine = pair in self._pairs  # neither cut nor ended by the other direction
            self._pairs.discard(pair)
        for end in pair if mine else ():
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _hold_back(self, to_us: bool) -> None:
        with self._changed:
            held = {Mode.BLACKHOLE, Mode.HALF_OPEN} if to_us else {Mode.BLACKHOLE}
            self._changed.wait_for(lambda: self._closed or self._mode not in held)
        if self.mode is Mode.DELAY:
            time.sleep(self.delay)


def _reset(end: socket.socket) -> None:
    """Close it with a reset in place of a polite end, where it is TCP; wake whoever reads it."""
    with contextlib.suppress(OSError):
        if end.family == socket.AF_UNIX:
            end.shutdown(socket.SHUT_RDWR)
        else:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.shutdown(socket.SHUT_RD)
    end.close()
