"""What listens on the other end of a letter: a webhook and a mailbox, on this machine, that keep what they are told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

LOCAL = "127.0.0.1"


@dataclass
class Webhook:
    """A service that takes JSON; while `status` is no 2xx it refuses, and keeps nothing."""

    address: str = ""
    status: int = 200
    asked: int = 0
    taken: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Mailbox:
    """A server that takes mail."""

    address: str = ""
    mails: list[str] = field(default_factory=list)


@contextmanager
def webhook() -> Iterator[Webhook]:
    """Give a webhook; its address is one of Apprise, with a password in it that must never be seen elsewhere."""
    hook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            hook.asked += 1
            if hook.status < 300:
                hook.taken.append(body)
            self.send_response(hook.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer((LOCAL, 0), Handler) as server:
        hook.address = f"json://desk:very-secret@{LOCAL}:{server.server_address[1]}/hook"
        with _serving(server):
            yield hook


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """Give a mailbox behind a minimal SMTP."""
    box = Mailbox()

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 sink")
            while line := self.rfile.readline().strip().upper():
                if line == b"DATA":
                    self._say("354 go on")
                    box.mails.append(self._mail())
                    self._say("250 taken")
                elif line == b"QUIT":
                    self._say("221 bye")
                    return
                else:
                    self._say("250 fine")

        def _say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def _mail(self) -> str:
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line.decode())
            return "".join(lines)

    with ThreadingTCPServer((LOCAL, 0), Handler) as server:
        people = "from=ektp@example.invalid&to=desk@example.invalid"
        box.address = f"mailto://{LOCAL}:{server.server_address[1]}?{people}"
        with _serving(server):
            yield box


@contextmanager
def _serving(server: ThreadingTCPServer | ThreadingHTTPServer) -> Iterator[None]:
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
