"""What a flush of a spool costs, beside the same spool sent one by one."""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from threading import Event
from typing import Final
from uuid import uuid4

import pika

from ektp.station.amqp_way import AmqpWay
from ektp.station.enrolment import Enrolment
from ektp.station.flushing import Flush, Telling
from ektp.station.parcels import Said
from ektp.station.recordings import Recordings
from ektp.station.sealing import Seal
from ektp.station.spool import Spool
from tests.amqp_client import declare
from tests.histories import event
from tests.servers.rabbit import PrivateRabbit
from tests.station_home import STATION, invitation, recording

Way = Callable[[str, Spool], None]
SILENT: Final = Telling(lambda _line: None, lambda _count: None, lambda _words: None)


def main(arguments: Sequence[str]) -> int:
    """Print the times and their ratios; exit code 1 where a flush needs a fifth of the time of one by one, or more."""
    options = argparse.ArgumentParser("benchmarks flush")
    options.add_argument("--events", type=int, default=1000)
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args(arguments)
    rabbit = PrivateRabbit().start()
    try:
        print(f"RabbitMQ {rabbit.version}, {given.events} stored events, the median of {given.rounds}")
        ways: dict[str, Way] = {
            "flush": flushed,
            "one by one": one_by_one,
            "one by one, each marked": one_by_one_marked,
        }
        took: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(given.rounds):
            for name, way in ways.items():
                took[name].append(timed(rabbit, given.events, way))
    finally:
        rabbit.remove()
    flush = median(took["flush"])
    ratios = {name: flush / median(times) for name, times in took.items()}
    for name, times in took.items():
        print(f"  {name:<24} {median(times) * 1000:6.0f} ms, ratio {ratios[name]:.3f}")
    return 0 if ratios["one by one"] < 0.2 else 1


def timed(rabbit: PrivateRabbit, count: int, way: Way) -> float:
    """Fill a spool and return the seconds until it is empty and everything is in the queue."""
    with rabbit.vhost() as url, tempfile.TemporaryDirectory() as folder:
        declare(url)
        spool = Spool(Path(folder) / "spool.db", Seal(b"k" * 32))
        lines = [json.dumps(event(uuid4(), "recorded", **recording(attempt=1))).encode() for _ in range(count)]
        writer = Recordings(spool, Enrolment.model_validate(invitation(url)))
        list(writer.publish(enumerate(lines, 1), datetime.now(UTC)))
        began = time.perf_counter()
        way(url, spool)
        used = time.perf_counter() - began
        if way is not one_by_one and spool.count():
            raise SystemExit("not everything left")
        spool.close()
    return used


def flushed(url: str, spool: Spool) -> None:
    """Flush."""
    Flush(spool, AmqpWay(url, STATION, time.time), SILENT, stopping=Event()).run()


def one_by_one(url: str, spool: Spool) -> None:
    """Publish each and wait for its confirm; nothing is written down."""
    _one_by_one(url, spool, lambda _event: None)


def one_by_one_marked(url: str, spool: Spool) -> None:
    """Publish each, wait for its confirm and mark it, as a station would that thinks of one event at a time."""
    _one_by_one(url, spool, lambda event: spool.answer({event: Said.CONFIRMED}, time.time()))


def _one_by_one(url: str, spool: Spool, mark: Callable[[str], None]) -> None:
    with closing(pika.BlockingConnection(pika.URLParameters(url))) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        properties = pika.BasicProperties(delivery_mode=2, content_type="application/cloudevents+json", user_id="guest")
        for one in spool.unsent(0, 1_000_000):
            channel.basic_publish("ektp.events", f"recorded.{STATION}", one.body, properties, mandatory=True)
            mark(one.id)
