"""What a MessageSource on a real RabbitMQ promises besides: logging in, malformed frames, silence.

The broker in this process has neither accounts nor frames nor heartbeats.
"""

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC

import pytest

from consumers.errors import SourceLost
from ektp.broker.console import PikaSource
from ektp.broker.errors import BrokerUrlInvalid
from ektp.broker.source import KombuSource
from ektp.broker.topology import INTAKE_QUEUE
from tests.amqp_client import Client, Milliseconds, client
from tests.servers.rabbit import PrivateRabbit
from tests.traffic import fetched

KEY = "recorded.st337401"


@pytest.fixture
def station(amqp_url: str) -> Iterator[Client]:
    """Give a client of a RabbitMQ with everything declared."""
    with client(amqp_url) as plain:
        yield plain


@pytest.mark.parametrize("source", [KombuSource, PikaSource])
@pytest.mark.parametrize("login", ["guest:wr0ng-pa55", "guest:wr0ng-pa55@127.0.0.1:1/x#"])
def test_a_password_is_never_told(rabbit: PrivateRabbit, source: type[KombuSource | PikaSource], login: str) -> None:
    """Neither when it is refused nor when nobody is there."""
    host = rabbit.url.rpartition("@")[2]
    with pytest.raises(SourceLost) as refused:
        source(f"amqp://{login}@{host}/", INTAKE_QUEUE)
    assert "pa55" not in str(refused.value) + repr(refused.value)


@pytest.mark.parametrize("source", [KombuSource, PikaSource])
def test_a_broken_url_is_not_quoted(source: type[KombuSource | PikaSource]) -> None:
    """A slash in the password makes a port of it, and Python's own complaint would print it."""
    with pytest.raises(BrokerUrlInvalid) as invalid:
        source("amqp://guest:pa55/word@127.0.0.1:5672/", INTAKE_QUEUE)
    assert "pa55" not in str(invalid.value)
    assert invalid.value.__suppress_context__


def test_headers_that_no_library_can_read_hurt_nobody(amqp_url: str, station: Client) -> None:
    """A timestamp in milliseconds is a message without headers for us, and its neighbours are untouched."""
    station.send(KEY, b"before")
    station.send(KEY, b"strange", content_type="text/plain", headers={"sent": Milliseconds.now(UTC)})
    station.send(KEY, b"after")
    source = KombuSource(amqp_url, INTAKE_QUEUE)
    messages = fetched(source, 3)
    assert [message.body for message in messages] == [b"before", b"strange", b"after"]
    assert (messages[1].content_type, dict(messages[1].headers)) == ("text/plain", {})
    source.settle(messages[-1])
    source.close()


def test_a_key_that_is_no_text_hurts_nobody(amqp_url: str, station: Client) -> None:
    """The bytes that cannot be read are replaced."""
    station.send(b"recorded.st\xff", b"x")
    source = KombuSource(amqp_url, INTAKE_QUEUE)
    assert [message.routing_key for message in fetched(source, 1)] == ["recorded.st\ufffd"]
    source.close()


@pytest.mark.slow
def test_the_link_survives_silence_and_a_busy_journal(amqp_url: str, station: Client) -> None:
    """Three heartbeats without a message, then one heartbeat without a call, and it still settles."""
    station.send(KEY, b"x", b"y")
    source = KombuSource(amqp_url, INTAKE_QUEUE, heartbeat=2)
    messages = fetched(source, 2)
    assert list(source.fetch(1, 6)) == []
    busy_until = time.monotonic() + 2
    while time.monotonic() < busy_until:
        pass
    source.settle(messages[0])
    assert list(source.fetch(0, 0.5)) == []
    source.settle(messages[1])
    source.close()
    with closing(KombuSource(amqp_url, INTAKE_QUEUE)) as next_one:
        assert list(next_one.fetch(1, 0.5)) == []
