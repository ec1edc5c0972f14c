"""RabbitMQ's management interface, as far as accounts and counters need it; only the standard library."""

import json
from base64 import b64encode
from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import quote, unquote, urlsplit
from urllib.request import Request, urlopen

from ektp.broker.errors import BrokerUrlInvalid, ManagementAway, ManagementRefused

_TIMEOUT: Final = 10.0  # seconds
_PORTS: Final = {"amqp": 15672, "amqps": 15671}
_NOT_FOUND: Final = 404


class Management:
    """One virtual host, asked over HTTP with the account of the broker's URL or of `management_url` itself.

    `management_url` is `http://[user:password@]host:port`; None is the broker's host on the usual port.
    It waits for at most `timeout` seconds each time. Raises BrokerUrlInvalid.
    """

    def __init__(self, broker_url: str, management_url: str | None = None, *, timeout: float = _TIMEOUT) -> None:
        self._timeout = timeout
        try:
            broker, own = urlsplit(broker_url), urlsplit(management_url or "")
            host = f"[{broker.hostname}]" if ":" in (broker.hostname or "") else broker.hostname
            scheme = "https" if broker.scheme == "amqps" else "http"
            usual = f"{scheme}://{host}:{_PORTS[broker.scheme]}"
            self.address = f"{own.scheme}://{own.netloc.rpartition('@')[2]}{own.path}" if own.scheme else usual
        except (ValueError, KeyError):
            raise BrokerUrlInvalid from None
        self.vhost = unquote(broker.path.removeprefix("/")) or "/"
        self.user = unquote(broker.username or "guest")
        asked_as = own if own.username else broker
        account = f"{unquote(asked_as.username or 'guest')}:{unquote(asked_as.password or 'guest')}"
        self._authorization = f"Basic {b64encode(account.encode()).decode()}"

    def ask(self, method: str, *path: str, body: object = None) -> Any:  # noqa: ANN401 - a server answers any JSON
        """Call what is below /api, each part of the path quoted; return its JSON, None where there is none.

        What is asked for or deleted and is not there is None too.

        Raises ManagementAway where nobody answers and ManagementRefused where the answer is no.
        """
        where = "/".join(quote(part, safe="") for part in path)
        headers = {"Authorization": self._authorization, "Content-Type": "application/json"}
        sent = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.address.rstrip('/')}/api/{where}", sent, headers, method=method)  # noqa: S310 - as set
        try:
            with urlopen(request, timeout=self._timeout) as answer:  # noqa: S310
                text = answer.read()
            return json.loads(text) if text else None
        except HTTPError as error:
            with error:
                if error.code == _NOT_FOUND and method in {"GET", "DELETE"}:
                    return None
                raise ManagementRefused(f"{method} {path[0]}", error.code, _reason(error)) from None
        except (URLError, OSError, HTTPException, ValueError) as error:
            told = error.reason if isinstance(error, URLError) else error
            raise ManagementAway(self.address, f"{type(told).__name__}: {told}"[:200]) from None


def _reason(error: HTTPError) -> str:
    """Return why it said no, in its own words."""
    try:
        told = json.loads(error.read(4096))
    except (ValueError, OSError, HTTPException):
        return ""
    return str(told.get("reason", ""))[:200] if isinstance(told, dict) else ""
