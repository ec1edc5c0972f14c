"""The web of one database, served by a real server in this process, and a client that is not ours."""

import http.client
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from ektp.bootstrap import Parts
from ektp.config.settings import Settings
from ektp.storage.secrets.tokens import kept_token
from ektp.web.server import WebServer
from tests.running import running

STRUCTURED: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
PATIENCE: Final = 30  # seconds


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def outcomes(self) -> list[tuple[str, str | None]]:
        """What became of each event, and why."""
        return [(one["outcome"], one["reason"]) for one in self.json["outcomes"]]


class WebClient:
    """Asks a server; each request on a connection of its own."""

    def __init__(self, address: str, token: str | None = None) -> None:
        self.address, self.token = address, token
        parts = urlsplit(address)
        self.host, self.port = parts.hostname or "", parts.port or 80

    def ask(self, method: str, path: str, body: bytes | None = None, /, **headers: str | None) -> Reply:
        """Send a request; header names are written with underscores, None leaves one out."""
        given = [(name.replace("_", "-"), value) for name, value in headers.items() if value is not None]
        if "authorization" not in headers:
            given += self._authorized
        return self._asked(method, path, body, given)

    @property
    def _authorized(self) -> list[tuple[str, str]]:
        return [] if self.token is None else [("authorization", f"Bearer {self.token}")]

    def _asked(self, method: str, path: str, body: bytes | None, headers: list[tuple[str, str]]) -> Reply:
        with closing(http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE)) as connection:
            given = {name for name, _ in headers}
            connection.putrequest(
                method, path, skip_host="host" in given, skip_accept_encoding="accept-encoding" in given
            )
            for name, value in headers:
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())

    def get(self, path: str, **headers: str | None) -> Reply:
        """Read."""
        return self.ask("GET", path, None, **headers)

    def post(self, body: object, *, content_type: str | None = STRUCTURED, **headers: str | None) -> Reply:
        """Post an event: its bytes, or what is to be written as JSON."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask("POST", "/events", raw, content_type=content_type, **headers)

    def send(self, body: bytes, content_type: str | None, headers: list[tuple[str, str]]) -> Reply:
        """Post to /events with these headers, of which one may come twice."""
        kind = [] if content_type is None else [("content-type", content_type)]
        return self._asked("POST", "/events", body, [*self._authorized, *kind, *headers])

    def parked(self) -> list[Any]:
        """Return everything that is parked and open."""
        found, path = list[Any](), "/api/v1/parked"
        while path:
            page = self.get(path)
            found += page.json
            path = page.headers.get("link", "").partition(">")[0].removeprefix("<")
        return found

    def batch(self, *events: object) -> Reply:
        """Post a batch; bytes go in as they are."""
        items = (one if isinstance(one, bytes) else json.dumps(one).encode() for one in events)
        return self.post(b"[" + b",".join(items) + b"]", content_type=BATCH)


@contextmanager
def parts_on(url: str, home: Path, **given: Any) -> Iterator[Parts]:
    """Give the parts of a process on a database that is there; `database_url=None` lets it look like the embedded."""
    settings = Settings(
        **{
            "database_url": SecretStr(url),
            "broker_url": None,
            "home": home,
            "secret_key": SecretStr("a secret of the tests, long enough to be one"),
            "nik_key": SecretStr("another secret of the tests, as long as that"),
            "language": "en",
            **given,
        }
    )
    made = Parts(settings, url)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def served(parts: Parts, **given: Any) -> Iterator[WebClient]:
    """Serve the parts for the block; give a client that knows the token. What else is given is for the application."""
    server = WebServer(parts, "127.0.0.1", 0, **given)
    before = logging.getLogger("uvicorn.error").level
    with running(server):
        yield WebClient(server.address, kept_token(parts.settings.home))
    logging.getLogger("uvicorn.error").setLevel(before)
