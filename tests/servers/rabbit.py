"""A real RabbitMQ for the tests: the URL given, or a private node; a fresh virtual host for each test."""

import base64
import http.client
import json
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, Self
from urllib.parse import quote, unquote, urlsplit

from tests.servers import rabbit_node, rabbit_packages
from tests.servers.rabbit_node import ContainerNode, Node, ProcessNode
from tests.servers.unavailable import NotOurs, ServerUnavailable

GIVEN: Final = "EKTP_TEST_AMQP_URL"
GIVEN_MANAGEMENT: Final = "EKTP_TEST_AMQP_MANAGEMENT_URL"
CHOICE: Final = "EKTP_TEST_RABBIT"  # url, installed, fetch or container; unset: the first of them that can be had
WAYS: Final = ("url", "installed", "fetch", "container")
QUORUM_QUEUE_WRITTEN: Final = 1.5  # seconds
NORMAL_WATERMARK: Final = ("absolute", "1GB")


def given() -> str | None:
    """Return the name of the variable that names a server, if it does and is to be used."""
    return GIVEN if os.environ.get(GIVEN) and os.environ.get(CHOICE) in (None, "url") else None


def find_node(choice: str | None) -> Node:
    """Return the first kind of private node that can be had here, or the one chosen."""
    if choice not in (None, *WAYS):
        raise ServerUnavailable("RabbitMQ", f"{CHOICE} is one of {', '.join(WAYS)}")
    if choice in (None, "installed") and (programs := rabbit_packages.installed()):
        return ProcessNode(programs)
    refusal = ServerUnavailable("RabbitMQ", rabbit_packages.INSTALL)
    if choice in (None, "fetch"):
        try:
            return ProcessNode(rabbit_packages.fetched())
        except ServerUnavailable as error:
            refusal = error
    if choice in (None, "container") and (engine := rabbit_node.engine()):
        return ContainerNode(engine)
    raise refusal


class PrivateRabbit:
    """A broker for one test run. `vhost()` is what most tests want; the rest is for fault tests."""

    def __init__(self) -> None:
        self._node = None if given() else find_node(os.environ.get(CHOICE))
        if self._node is not None:
            self.url = f"amqp://guest:guest@127.0.0.1:{self._node.port}"
            self.management_url = f"http://guest:guest@127.0.0.1:{self._node.management_port}"
        else:
            parts = urlsplit(os.environ[GIVEN])
            self.url = f"{parts.scheme}://{parts.netloc}"
            account = parts.netloc.rpartition("@")[0] or "guest:guest"
            self.management_url = os.environ.get(GIVEN_MANAGEMENT) or f"http://{account}@{parts.hostname}:15672"
        self.version = ""
        self.seconds = 0.0  # the first start took
        self._began = time.monotonic()

    @property
    def private(self) -> bool:
        """Say whether it is ours to stop."""
        return self._node is not None

    @property
    def origin(self) -> str:
        """Say where the server came from."""
        return self._node.origin if self._node else GIVEN

    def launch(self) -> Self:
        """Begin to start it, without waiting."""
        self._began = time.monotonic()
        if self._node is not None:
            self._node.launch()
        return self

    def wait(self) -> Self:
        """Wait until it takes connections; raise ServerUnavailable where it does not."""
        if self._node is not None:
            rabbit_node.wait_until_open(self._node)
        try:
            self.version = str(self.ask("GET", "overview")["rabbitmq_version"])
        except OSError as error:
            raise ServerUnavailable("RabbitMQ", f"no answer from {_without_account(self.management_url)}: {error}; "
                                    f"start it, or unset {GIVEN}") from error  # fmt: skip
        self.seconds = self.seconds or time.monotonic() - self._began
        return self

    def start(self) -> Self:
        """Start it, or start it again after `stop` or `kill` with everything durable still there.

        It is tried a second time: whatever else runs on the machine may hold one of its ports for a moment.
        """
        try:
            return self.launch().wait()
        except ServerUnavailable as first:
            if self._node is None:
                raise
            self._node.end(hard=True)
            print(f"RabbitMQ is started a second time: {first}")  # noqa: T201 - shown with the test that fails
            return self.launch().wait()

    def revive(self) -> None:
        """Start it where a test before has left it dead: one failure is enough."""
        if self._node is not None and not self._node.runs():
            self.start()

    def stop(self) -> None:
        """Stop it in order; what is durable stays until `remove`."""
        self._ours().end(hard=False)

    def kill(self) -> None:
        """End it as a power cut would; what is durable stays until `remove`.

        RabbitMQ writes the list of its quorum queues late: one declared within the last second would not come back,
        with all confirmed messages in it. That is the broker's own fault and not what the tests are after.
        """
        threading.Event().wait(QUORUM_QUEUE_WRITTEN)
        self._ours().end(hard=True)

    def remove(self) -> None:
        """End it and remove everything it wrote; a server that was given stays."""
        if self._node is not None:
            self._node.remove()

    def stop_app(self) -> None:
        """Close the broker but keep its virtual machine."""
        self._ours().control("stop_app")

    def start_app(self) -> None:
        """Open the broker again after `stop_app`."""
        node = self._ours()
        node.control("start_app")
        rabbit_node.wait_until_open(node)

    def memory_alarm(self, on: bool) -> None:
        """Raise or clear the memory alarm: while it is on, publishers are blocked."""
        level = ("absolute", "1") if on else NORMAL_WATERMARK
        self._ours().control("set_vm_memory_high_watermark", *level)

    @contextmanager
    def vhost(self) -> Iterator[str]:
        """Give the AMQP URL of a fresh virtual host; deleted afterwards with all connections to it."""
        name = f"ektp-{secrets.token_hex(6)}"
        user = unquote(urlsplit(self.management_url).username or "guest")
        self.ask("PUT", f"vhosts/{name}", {})
        self.ask("PUT", f"permissions/{name}/{user}", {"configure": ".*", "write": ".*", "read": ".*"})
        try:
            yield f"{self.url}/{name}"
        finally:
            self.ask("DELETE", f"vhosts/{name}", missing_ok=True)

    def queues(self, url: str) -> dict[str, dict[str, Any]]:
        """Return what the broker says of each queue of a virtual host, by name; counts may be a second old."""
        return {str(queue["name"]): queue for queue in self.ask("GET", f"queues/{vhost_of(url)}")}

    def connections(self, url: str) -> list[str]:
        """Return the names of the connections to a virtual host."""
        return [str(connection["name"]) for connection in self.ask("GET", f"vhosts/{vhost_of(url)}/connections")]

    def close_connections(self, url: str) -> int:
        """Close every connection to a virtual host, as an operator would, and return how many there were."""
        names = self.connections(url)
        for name in names:
            # The broker answers 500 for one that is ending at this moment.
            with suppress(ConnectionError):
                self.ask("DELETE", f"connections/{quote(name, safe='')}", missing_ok=True)
        return len(names)

    def definitions(self, url: str) -> dict[str, Any]:
        """Return the exchanges, queues, bindings and policies of a virtual host."""
        found: dict[str, Any] = self.ask("GET", f"definitions/{vhost_of(url)}")
        return found

    def load_definitions(self, url: str, definitions: dict[str, Any]) -> None:
        """Import exchanges, queues, bindings and policies into a virtual host."""
        self.ask("POST", f"definitions/{vhost_of(url)}", definitions)

    def ask(self, method: str, path: str, body: object = None, missing_ok: bool = False) -> Any:
        """Call the management interface below /api/ and return its JSON, None where there is none.

        Raises ConnectionError for an answer of 400 and above.
        """
        parts = urlsplit(self.management_url)
        account = f"{unquote(parts.username or 'guest')}:{unquote(parts.password or 'guest')}"
        headers = {
            "Authorization": "Basic " + base64.b64encode(account.encode()).decode(),
            "Content-Type": "application/json",
        }
        connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port or 15672, timeout=30)
        try:
            connection.request(method, f"/api/{path}", None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if answer.status >= 400 and not (missing_ok and answer.status == 404):
            raise ConnectionError(f"{method} /api/{path}: {answer.status} {text[:200]!r}")
        return json.loads(text) if text and answer.status < 400 else None

    def _ours(self) -> Node:
        if self._node is None:
            raise NotOurs("RabbitMQ", GIVEN)
        return self._node


def vhost_of(url: str) -> str:
    """Return the virtual host of an AMQP URL, or a bare name as it is, ready for a path."""
    return urlsplit(url).path.removeprefix("/") if "://" in url else quote(url, safe="")


def _without_account(url: str) -> str:
    return url.rpartition("@")[2]
