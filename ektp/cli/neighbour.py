"""The running `ektp up` of the same EKTP_HOME, asked over its HTTP door: how two terminals work together."""

import http.client
import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

from ektp.errors import EktpError, ServiceMissing

_PATIENCE: Final = 60.0  # seconds for one answer
_BATCH: Final = "application/cloudevents-batch+json"
_LOST: Final = (OSError, http.client.HTTPException)


class DoorRefused(EktpError):
    """The running `ektp up` answered with a problem."""


class Neighbour:
    """A client of one running `ektp up`."""

    def __init__(self, address: str, token: str) -> None:
        self.address = address
        self._headers = {"Authorization": f"Bearer {token}"}
        parts = urlsplit(address)
        self._host, self._port = parts.hostname or "", parts.port or 80

    def post(self, events: Sequence[bytes]) -> list[dict[str, Any]]:
        """Hand in events; return what became of each, after the commit. Raises ServiceMissing and DoorRefused."""
        body = b"[" + b",".join(events) + b"]"
        with closing(self._connection()) as connection:
            answer = self._asked(connection, "POST", "/events", body, {"Content-Type": _BATCH})
            return list(json.loads(answer.read())["outcomes"])

    def queues(self) -> dict[str, Any]:
        """Return what `queues` tells. Raises ServiceMissing and DoorRefused."""
        with closing(self._connection()) as connection:
            return dict(json.loads(self._asked(connection, "GET", "/api/v1/queues").read()))

    def notices(self, pattern: str) -> Iterator[bytes]:
        """Return an iterator over the notices whose key matches, from now on. Raises as `post`."""
        connection = self._connection()
        answer = self._asked(connection, "GET", f"/api/v1/notices?pattern={quote(pattern)}")
        return self._lines(connection, answer)

    def _lines(self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> Iterator[bytes]:
        with closing(connection):
            try:
                while line := answer.readline():
                    if line.strip():
                        yield line.rstrip(b"\n")
            except _LOST as error:
                raise self._gone(error) from error
        raise self._gone(None)

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._host, self._port, timeout=_PATIENCE)

    def _asked(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None,
        more: dict[str, str] | None = None,
    ) -> http.client.HTTPResponse:  # fmt: skip
        try:
            connection.request(method, path, body, {**self._headers, **(more or {})})
            answer = connection.getresponse()
        except _LOST as error:
            raise self._gone(error) from error
        if answer.status >= 300:
            raise DoorRefused(_problem(answer))
        return answer

    def _gone(self, error: Exception | None) -> ServiceMissing:
        why = type(error).__name__ if error else "it has ended"
        return ServiceMissing(f"the `ektp up` at {self.address} does not answer ({why}): start it again")


def neighbour(home: Path) -> Neighbour | None:
    """Return the running `ektp up` of this home, None where there is none. Raises WrongUse for a broken token."""
    from ektp.running.presence import presence
    from ektp.storage.secrets.tokens import kept_token

    found = presence(home)
    return Neighbour(found.address, kept_token(home)) if found else None


def _problem(answer: http.client.HTTPResponse) -> str:
    try:
        told = json.loads(answer.read())["detail"]
    except (*_LOST, ValueError, KeyError, TypeError):
        told = answer.reason
    return f"`ektp up` answered {answer.status}: {told}"
