"""Subscribers of a test: a command line on real servers, names that nobody else has, and how one reads its queue."""

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

import pika
from sqlalchemy import Engine

from consumers.letters import NOTICES, letter_id
from ektp.storage.engine import transaction
from schemas import notices
from tests.histories import NOON
from tests.servers.rabbit import PrivateRabbit

_POST: Final = """
insert into outbox (id, application, slot, exchange, routing_key, body, sent, created)
values (%s, %s, 1, 'ektp.notices', %s, %s, case when %s then now() - make_interval(mins => %s) end,
        now() - make_interval(mins => %s))
"""


@contextmanager
def named(rabbit: PrivateRabbit, *words: str) -> Iterator[list[str]]:
    """Give names that no other test has, and take their accounts away."""
    mine = [f"{word}-{secrets.token_hex(4)}" for word in words]
    try:
        yield mine
    finally:
        for name in mine:
            rabbit.ask("DELETE", f"users/{name}", missing_ok=True)


def own_url(told: dict[str, Any]) -> str:
    """Return the URL with which a subscriber connects, from what `add --json` printed."""
    parts = urlsplit(told["broker"])
    return str(parts._replace(netloc=f"{told['user']}:{told['password']}@{parts.netloc}").geturl())


@contextmanager
def channel(url: str) -> Iterator[Any]:
    """Open a channel as whoever the URL names."""
    with closing(pika.BlockingConnection(pika.URLParameters(url))) as connection:
        yield connection.channel()


def read(url: str, queue: str, count: int, *, settle: bool = True) -> list[tuple[Any, dict[str, Any]]]:
    """Read so many notices, with their properties, as the subscriber itself; fail where they do not come."""
    found: list[tuple[Any, dict[str, Any]]] = []
    with channel(url) as reading:
        for method, properties, body in reading.consume(queue, inactivity_timeout=10):
            assert method is not None, f"{len(found)} of {count} came"
            found.append((properties, json.loads(body)))
            if settle:
                reading.basic_ack(method.delivery_tag)
            if len(found) == count:
                break
    return found


def told(
    engine: Engine, name: str, office: str, numbers: Sequence[int], *, sent: bool = True, minutes: int = 0
) -> list[str]:
    """Write notices of one application into the outbox, so long ago, as sent or not; return their ids."""
    application, ids = uuid4(), []
    with transaction(engine) as connection:
        for number in numbers:
            identity = letter_id(NOTICES, application, number)
            data = {
                "application": str(application),
                "office": office,
                "state": "printed",
                "attempt": 1,
                "whose_move": "resident",
            }
            body = notices.write(
                name, id=identity, subject=str(application), time=NOON, sequence=number, data=data
            ).decode()
            values = [identity, application, f"{name}.{office}", body, sent, minutes, minutes]
            connection.execute(_POST, values)
            ids.append(str(identity))
    return ids
