"""The web when something is slow, too large, away or broken."""

import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from ektp.bootstrap import Parts
from ektp.storage.secrets.tokens import kept_token
from ektp.web.door.body import PATIENCE
from ektp.web.server import WebServer
from tests.conftest import BUSY, Eventually
from tests.histories import History
from tests.running import running
from tests.web_client import STRUCTURED, WebClient, parts_on, served


def head(web: WebClient, *lines: str, token: str | None = None) -> bytes:
    """Return the head of a post to /events."""
    given = (f"Host: {web.host}", f"Authorization: Bearer {token or web.token}", f"Content-Type: {STRUCTURED}", *lines)
    return ("POST /events HTTP/1.1\r\n" + "\r\n".join(given) + "\r\n\r\n").encode()


def connected(web: WebClient) -> socket.socket:
    """Open a connection of our own."""
    return socket.create_connection((web.host, web.port), timeout=20)


def answered(connection: socket.socket) -> bytes:
    """Read until the server closes or the answer is there."""
    told = b""
    while b"}" not in told and (more := connection.recv(65536)):
        told += more
    return told


def test_many_slow_clients_keep_nobody_waiting(web: WebClient) -> None:
    """A hundred that have begun and say no more hold no thread: others are answered at once."""
    assert PATIENCE <= 60
    web.post(History().recorded().events[0])
    with ExitStack() as open_:
        for _ in range(100):
            connection = open_.enter_context(connected(web))
            connection.sendall(head(web, "Content-Length: 5000") + b"{")
        began = time.monotonic()
        assert web.post(History().recorded().events[0]).status == 202
        assert web.get("/readyz").status == 200
        assert time.monotonic() - began < 1 + BUSY


def test_an_event_that_comes_byte_by_byte_is_taken_in(web: WebClient) -> None:
    """In chunks, as a poor line has it."""
    body = json.dumps(History().recorded().events[0]).encode()
    with connected(web) as connection:
        connection.sendall(head(web, "Transfer-Encoding: chunked"))
        for at in range(0, len(body), 40):
            piece = body[at : at + 40]
            connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        connection.sendall(b"0\r\n\r\n")
        assert b" 202 " in answered(connection)


def test_a_body_without_end_is_refused_while_it_comes(web: WebClient) -> None:
    """413 after the limit, whatever the length that was announced; its beginning is kept."""
    with connected(web) as connection:
        connection.sendall(head(web, "Transfer-Encoding: chunked"))
        piece = b"x" * 16_000
        with pytest.raises(OSError):  # noqa: PT011, PT012 - the server hangs up on whoever does not stop
            for _ in range(2000):
                connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
    assert [one["reason"] for one in web.get("/api/v1/parked").json] == ["too-large"]


def test_who_does_not_come_to_the_point_is_hung_up_on(parts: Parts) -> None:
    """A head that does not end, in the first request or in a later one, holds a connection for a while only."""
    server = WebServer(parts, "127.0.0.1", 0, head_seconds=0.5)
    with running(server):
        web = WebClient(server.address)
        for before in (b"", b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"):
            with connected(web) as connection:
                connection.sendall(before)
                assert not before or b"alive" in answered(connection)
                connection.sendall(b"GET /livez HTTP/1.1\r\nHost:")
                assert connection.recv(65536) == b""


@pytest.mark.parametrize("host", [b"[", b"\xff", b"a b", b"3374106508999001"])
def test_a_host_that_is_none_harms_nothing(web: WebClient, host: bytes) -> None:
    """It is asked for nowhere, and told to nobody."""
    for path in (b"/", b"/login", b"/api/v1/parked?limit=1", b"/livez/"):
        with connected(web) as connection:
            connection.sendall(b"GET " + path + b" HTTP/1.1\r\nConnection: close\r\nHost: " + host + b"\r\n\r\n")
            told = b"".join(iter(lambda: connection.recv(65536), b""))
            assert int(told.split()[1]) < 500
            assert b"3374106508999001" not in told


def test_two_lengths_are_not_understood(web: WebClient) -> None:
    """A length and chunks together are for smugglers."""
    with connected(web) as connection:
        connection.sendall(head(web, "Content-Length: 5", "Content-Length: 6") + b"{}")
        assert b" 400 " in answered(connection) + connection.recv(65536)


def test_one_event_from_many_at_once_counts_once(web: WebClient) -> None:
    """One is applied, the others are repeated."""
    event = History().recorded().events[0]
    with ThreadPoolExecutor(12) as crowd:
        outcomes = [answer.outcomes[0][0] for answer in crowd.map(lambda _: web.post(event), range(24))]
    assert sorted(outcomes) == ["applied", *["repeated"] * 23]


def test_while_the_store_is_away_it_lives_and_is_not_ready(tmp_path: Path) -> None:
    """503 with the time to come back, nothing lost and no name of a server told; the board says so too."""
    with parts_on("postgresql://somebody:secret@127.0.0.1:1/ektp", tmp_path) as parts, served(parts) as web:
        assert web.get("/livez").status == 200
        for answer in (web.get("/readyz"), web.post(History().recorded().events[0]), web.get("/api/v1/summary")):
            assert answer.status == 503
            assert "secret" not in answer.text + json.dumps(dict(answer.headers))
        assert web.post(b"{").headers["retry-after"] == "2"
        assert "ektp_store_up 0.0" in web.get("/metrics").text
        assert web.get("/").status == 503


def test_it_is_not_ready_without_the_broker_that_is_configured(database_url: str, tmp_path: Path) -> None:
    """Nor on a database that was not migrated."""
    with parts_on(database_url, tmp_path, broker_url="amqp://u:secret@127.0.0.1:1/") as parts, served(parts) as web:
        answer = web.get("/readyz")
        assert (answer.status, answer.json["checks"]["broker"]) == (503, "no connection to RabbitMQ")
        assert answer.json["checks"]["database"] == "ok"


def test_it_is_not_ready_before_the_migration(empty_database_url: str, tmp_path: Path) -> None:
    """It says what to type."""
    with parts_on(empty_database_url, tmp_path) as parts, served(parts) as web:
        assert "ektp migrate" in web.get("/readyz").json["checks"]["database"]
        assert web.post(History().recorded().events[0]).status == 503


def test_it_ends_in_order_while_somebody_listens(parts: Parts, eventually: Eventually) -> None:
    """An open stream of the board does not keep the server from ending, and what is in progress is answered."""
    server = WebServer(parts, "127.0.0.1", 0)
    with running(server):
        web = WebClient(server.address, kept_token(parts.settings.home))
        listener = connected(web)
        listener.sendall(f"GET /live HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {web.token}\r\n\r\n".encode())
        told = bytearray()

        def listen() -> None:
            while more := listener.recv(65536):
                told.extend(more)

        reading = threading.Thread(target=listen)
        reading.start()
        eventually(lambda: b"event: board" in told)
        began = time.monotonic()
    assert time.monotonic() - began < 5 + BUSY
    reading.join(5)
    listener.close()
    assert told.endswith(b"0\r\n\r\n")
