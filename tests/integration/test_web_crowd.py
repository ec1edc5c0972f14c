"""Stations on bad lines, and one that sends all it has: nobody else waits for them."""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from statistics import median
from typing import Final

import pytest

from ektp.bootstrap import Parts
from ektp.web.door.crowd import MOST_OPEN
from tests.conftest import BUSY, Eventually
from tests.enrolled import Enrolled, enrolled
from tests.histories import History
from tests.web_client import BATCH, STRUCTURED, WebClient, served

CROWD: Final = 60
AT_ONCE: Final = 0.5  # seconds
LONGEST: Final = AT_ONCE + BUSY  # whoever waits for a slow line waits for half a minute
RESET: Final = struct.pack("ii", 1, 0)  # SO_LINGER: a close becomes a reset


@pytest.fixture
def slow(parts: Parts) -> Enrolled:
    """Give the station whose line is bad."""
    return enrolled(parts, "st337402")


@pytest.fixture
def web(parts: Parts, slow: Enrolled) -> Iterator[WebClient]:
    """Give a client of a server that is up, with the token of another station."""
    station = enrolled(parts)
    with served(parts) as client:
        yield station.client(client)


def posting(web: WebClient, slow: Enrolled, *lines: str) -> bytes:
    """Return the head of a post of the slow station."""
    given = (f"Host: {web.host}", f"Authorization: Bearer {slow.token}", f"Content-Type: {STRUCTURED}", *lines)
    return ("POST /events HTTP/1.1\r\n" + "\r\n".join(given) + "\r\n\r\n").encode()


def slow_body(web: WebClient, slow: Enrolled) -> bytes:
    """Return a request whose body does not go on."""
    return posting(web, slow, "Content-Length: 5000") + b"{"


def slow_signature(web: WebClient, slow: Enrolled) -> bytes:
    """Return a request that claims to be signed, and whose body does not go on."""
    signed = ("webhook-id: a", "webhook-timestamp: 1", "webhook-signature: v1,AAAA", f"ektp-station: {slow.name}")
    return posting(web, slow, *signed, "Transfer-Encoding: chunked") + b"10\r\n{"


def half_a_head(web: WebClient, slow: Enrolled) -> bytes:
    """Return a request of a line that was cut: no more of it comes, and nobody hangs up."""
    return posting(web, slow)[:-20]


def posted(web: WebClient, posts: int = 20) -> list[float]:
    """Return how long each of so many posts took, in seconds."""
    taken = list[float]()
    for _ in range(posts):
        told = History().recorded().events[0]
        began = time.monotonic()
        assert web.post(told).outcomes == [("applied", None)]
        taken.append(time.monotonic() - began)
    return taken


@pytest.mark.parametrize("begun", [slow_body, slow_signature, half_a_head])
def test_sixty_on_a_slow_line_keep_no_other_station_waiting(
    web: WebClient, slow: Enrolled, begun: Callable[[WebClient, Enrolled], bytes]
) -> None:
    """While they hang in the middle of a request, another station's posts are answered in half a second."""
    posted(web, 1)
    with ExitStack() as open_:
        for _ in range(CROWD):
            line = open_.enter_context(socket.create_connection((web.host, web.port), timeout=20))
            line.sendall(begun(web, slow))
        taken = posted(web)
    assert median(taken) < AT_ONCE
    assert max(taken) < LONGEST


def test_a_station_has_so_many_slow_lines_and_no_more(web: WebClient, slow: Enrolled, eventually: Eventually) -> None:
    """429 for the next of the same station; others have theirs, and it has room again when one of its own ends."""
    told = {**History().recorded().events[0], "source": f"/stations/{slow.name}"}
    with ExitStack() as open_:
        for _ in range(MOST_OPEN):
            line = open_.enter_context(socket.create_connection((web.host, web.port), timeout=20))
            line.sendall(slow_body(web, slow))
        eventually(lambda: slow.client(web).post(told).status == 429)
        assert max(posted(web, 1)) < LONGEST
    eventually(lambda: slow.client(web).post(told).status == 202)


def test_lines_that_break_in_the_middle_keep_no_other_station_waiting(
    web: WebClient, slow: Enrolled, eventually: Eventually
) -> None:
    """Reset by the hundred while another station posts; nothing of theirs is taken in, and nothing breaks."""
    posted(web, 1)
    ended, broken = threading.Event(), list[int]()

    def breaking() -> None:
        while not ended.is_set():
            with socket.create_connection((web.host, web.port), timeout=20) as line:
                line.sendall(slow_body(web, slow))
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            broken.append(1)
            ended.wait(0.01)

    with ThreadPoolExecutor(3) as crowd:
        ends = [crowd.submit(breaking) for _ in range(3)]
        try:
            eventually(lambda: len(broken) >= CROWD)
            taken = posted(web)
        finally:
            ended.set()
        for one in ends:
            one.result()
    assert median(taken) < AT_ONCE
    assert max(taken) < LONGEST
    assert slow.client(web).get("/api/v1/stations/me").status == 200


@pytest.mark.slow
def test_a_station_that_sends_many_batches_at_once_leaves_room_for_others(web: WebClient, slow: Enrolled) -> None:
    """Two of its requests are worked on, whoever else comes is next: not behind all twelve."""
    posted(web, 1)
    source = {"source": f"/stations/{slow.name}"}
    batches = [json.dumps([History().recorded().events[0] | source for _ in range(600)]).encode() for _ in range(12)]
    began = time.monotonic()
    with ThreadPoolExecutor(12) as crowd:
        answers = [crowd.submit(slow.client(web).post, body, content_type=BATCH) for body in batches]
        longest = max(posted(web, 5))
        statuses = {answer.result().status for answer in answers}
    assert statuses == {202}
    assert longest < (time.monotonic() - began) / 3
