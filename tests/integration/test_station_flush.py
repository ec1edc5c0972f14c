"""A station's flush on a real RabbitMQ and its faults: nothing lost, nothing for ever, one clear line each."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from ektp.broker.topology import EVENTS, FEEDBACK, INTAKE_QUEUE, LATE_QUEUE
from ektp.station.amqp_way import AmqpWay
from ektp.station.feedback import still_parked
from schemas.submission import Door, read_message
from tests.amqp_client import Client, client, through
from tests.conftest import BUSY, Eventually
from tests.servers.proxy import FaultProxy, Mode
from tests.servers.rabbit import PrivateRabbit
from tests.station_home import STATION, Home

ROOT = Path(__file__).parents[2]
DEADLINE = 1.0  # seconds


@pytest.fixture
def intake(amqp_url: str) -> Iterator[Client]:
    """Give a client of a broker with everything declared."""
    with client(amqp_url) as reader:
        yield reader


@pytest.fixture
def proxy(rabbit: PrivateRabbit) -> Iterator[FaultProxy]:
    """Give a proxy in front of the broker."""
    with FaultProxy(("127.0.0.1", urlsplit(rabbit.url).port or 0)) as between:
        yield between


@pytest.fixture
def home(tmp_path: Path, amqp_url: str) -> Home:
    """Give a station that is enrolled at this test's broker."""
    return Home(tmp_path, url=amqp_url)


def way(url: str) -> AmqpWay:
    """Make a way with little patience."""
    return AmqpWay(url, STATION, time.time, deadline=DEADLINE)


def ids(bodies: list[bytes]) -> list[str]:
    """Return the ids of events."""
    return [json.loads(body)["id"] for body in bodies]


def test_everything_leaves_once_in_its_order_as_the_contract_has_it(home: Home, intake: Client) -> None:
    """Under the station's key and name, with the two headers; the centre reads it; the spool has nothing unsent."""
    recorded = home.record(5)
    report = home.flush(way(home.enrolment.broker_url()))
    assert (report.confirmed, report.late, report.away, home.unsent()) == (5, 0, "", 0)
    found = [intake.take(INTAKE_QUEUE) or pytest.fail("nothing arrived") for _ in range(5)]
    assert ids([body for _, _, body in found]) == recorded
    method, properties, body = found[0]
    assert (method.routing_key, properties.user_id, properties.delivery_mode) == (f"recorded.{STATION}", "guest", 2)
    assert abs(datetime.fromisoformat(properties.headers["ektp-sent"]) - datetime.now(UTC)) < timedelta(minutes=1)
    assert [one.headers["ektp-unsent"] for _, one, _ in found] == [4, 3, 2, 1, 0]
    read = read_message(body, door=Door.AMQP, content_type=properties.content_type, routing_key=method.routing_key)
    assert read.event is not None
    assert read.event.sequence == "1"
    assert home.flush(way(home.enrolment.broker_url())).confirmed == 0


def test_a_backlog_goes_by_the_late_key(home: Home, intake: Client) -> None:
    """What is older than ten minutes, and what a clock has written that was ahead."""
    now = datetime.now(UTC)
    old, wrong = home.record(1, now - timedelta(minutes=11)), home.record(1, now + timedelta(days=1))
    fresh = home.record(1, now - timedelta(minutes=9))
    assert home.flush(way(home.enrolment.broker_url())).late == 2
    assert ids(intake.take_all(LATE_QUEUE)) == old + wrong
    assert ids(intake.take_all(INTAKE_QUEUE)) == fresh


def test_what_is_returned_is_kept_and_said(home: Home, intake: Client) -> None:
    """It goes with the flush after the binding is back."""
    intake.delete_exchange(EVENTS)
    intake.exchange(EVENTS)
    home.record(3)
    report = home.flush(way(home.enrolment.broker_url()))
    assert (report.confirmed, report.returned, home.unsent()) == (0, 3, 3)
    assert ["returned" in line for line in home.said] == [True]
    intake.bind(INTAKE_QUEUE, EVENTS, "*.*")
    assert home.flush(way(home.enrolment.broker_url())).confirmed == 3


def test_one_event_that_the_broker_refuses_holds_nobody_up(home: Home, intake: Client, rabbit: PrivateRabbit) -> None:
    """It closes the channel each time; alone it is told apart, and all others leave."""
    name, vhost = f"st_{uuid4().hex[:8]}", urlsplit(home.enrolment.broker or "").path[1:]
    rabbit.ask("PUT", f"users/{name}", {"password": "pw", "tags": ""})
    try:
        rights = {"exchange": EVENTS, "write": rf"^recorded\.{STATION}$", "read": "^$"}
        rabbit.ask("PUT", f"topic-permissions/{vhost}/{name}", rights)
        rabbit.ask("PUT", f"permissions/{vhost}/{name}", {"configure": "^$", "write": "^ektp.events$", "read": "^$"})
        url = home.enrolment.broker_url().replace("guest:guest", f"{name}:pw")
        recorded = (
            home.publish(20) + (late := home.record(1, datetime.now(UTC) - timedelta(hours=1))) + home.publish(20)
        )
        report = home.flush(way(url))
        assert (report.confirmed, report.refused, report.away, home.unsent()) == (40, 1, "", 1)
        assert set(ids(intake.take_all(INTAKE_QUEUE))) == set(recorded) - set(late)
        assert any(late[0] in line and "refused" in line for line in home.said)
    finally:
        rabbit.ask("DELETE", f"users/{name}")


def test_a_wrong_password_is_said_at_once(home: Home, intake: Client) -> None:
    """Trying again is of no use."""
    home.record(1)
    url = home.enrolment.broker_url().replace("guest:guest", "guest:wrong")
    began = time.monotonic()
    report = home.flush(way(url), patience=60)
    assert "refuses the account" in report.away
    assert time.monotonic() - began < 5 + BUSY
    assert home.unsent() == 1


@pytest.mark.slow
def test_a_broker_that_is_not_there_ends_the_patience(home: Home) -> None:
    """One line, not one for each try; everything stays."""
    home.record(2)
    began = time.monotonic()
    report = home.flush(way("amqp://guest:guest@127.0.0.1:1/x"), patience=2)
    assert report.away
    assert 2 <= time.monotonic() - began < 4 + BUSY
    assert home.unsent() == 2
    assert len(home.said) == 1


@pytest.mark.slow
def test_an_exchange_that_is_not_declared_is_said(home: Home) -> None:
    """Nothing is counted against the events."""
    home.record(2)
    report = home.flush(way(home.enrolment.broker_url()), patience=1)
    assert "ektp.events is not there" in report.away
    assert (report.refused, home.unsent()) == (0, 2)


@pytest.mark.slow
@pytest.mark.parametrize("fault", [Mode.HALF_OPEN, Mode.BLACKHOLE])
def test_a_line_that_goes_silent_and_comes_back_loses_nothing(
    home: Home, intake: Client, proxy: FaultProxy, fault: Mode, eventually: Eventually
) -> None:
    """In the middle of a flush."""
    recorded = home.publish(3000)

    def silence(_count: int) -> None:
        if not healing.is_alive() and not home.said:
            proxy.mode = fault
            healing.start()

    def heal() -> None:
        eventually(lambda: home.said, 20)
        proxy.mode = Mode.PASS

    healing = Thread(target=heal)
    report = home.flush(way(through(home.enrolment.broker_url(), proxy)), gone=silence, patience=30)
    healing.join()
    assert (report.confirmed, home.unsent()) == (3000, 0)
    assert set(ids(intake.take_all(INTAKE_QUEUE))) == set(recorded)


@pytest.mark.slow
@pytest.mark.owns_server
def test_a_memory_alarm_is_named_and_waited_for(
    home: Home, intake: Client, rabbit: PrivateRabbit, eventually: Eventually
) -> None:
    """Little is sent meanwhile; when it is over everything leaves."""
    recorded = home.publish(50)
    rabbit.memory_alarm(on=True)
    try:
        report = home.flush(way(home.enrolment.broker_url()), patience=4)
        assert "alarm" in report.away
        assert home.unsent() == 50
        assert sum("alarm" in line for line in home.said) == 1
    finally:
        rabbit.memory_alarm(on=False)
    assert home.flush(way(home.enrolment.broker_url())).confirmed == 50
    arrived = ids(intake.take_all(INTAKE_QUEUE))
    assert set(arrived) == set(recorded)
    # Of each try that met the alarm: one window the first time, then one event.
    assert len(arrived) <= 110


def test_what_the_centre_says_is_kept_and_shown_once(home: Home, intake: Client) -> None:
    """Parked, repaired, a day's count; also where something unreadable lies between."""
    queue = intake.queue(f"ektp.feedback.{STATION}", FEEDBACK, f"*.{STATION}")
    event, parked = str(uuid4()), str(uuid4())
    fate = {"event": event, "parked": parked, "reason": "bad-nik", "detail": "has a day that is none"}
    day = {"date": "2018-02-12", "counted": 212, "arrived": 211, "missing": [1042]}
    words = [word("event-parked", fate), b"\xff", word("station-day-counted", day)]
    intake.send(f"event-parked.{STATION}", *words, exchange=FEEDBACK)
    home.flush(way(home.enrolment.broker_url()))
    assert [one.kind for one in home.heard] == ["event-parked", "station-day-counted"]
    assert [one["event"] for one in home.asked(still_parked)] == [event]
    intake.send(f"event-repaired.{STATION}", word("event-repaired", fate, "2018-02-13"), exchange=FEEDBACK)
    home.flush(way(home.enrolment.broker_url()))
    assert [one.kind for one in home.heard[2:]] == ["event-repaired"]
    assert home.asked(still_parked) == []
    assert intake.take(queue) is None


def word(kind: str, data: Mapping[str, object], day: str = "2018-02-12") -> bytes:
    """Write something that the centre says."""
    told = {"specversion": "1.0", "id": str(uuid4()), "type": f"id.ektp.{kind}.v1", "time": f"{day}T08:00:00Z"}
    return json.dumps({**told, "data": data}).encode()


def test_what_was_confirmed_goes_again_in_the_same_bytes(home: Home, intake: Client) -> None:
    """For a centre that was restored from a backup."""
    home.record(4)
    before = time.time()
    url = home.enrolment.broker_url()
    home.flush(way(url))
    first = intake.take_all(INTAKE_QUEUE)
    assert home.asked(lambda spool: spool.send_again(time.time() + 1)) == 0
    assert home.asked(lambda spool: spool.send_again(before)) == 4
    assert home.flush(way(url)).confirmed == 4
    assert intake.take_all(INTAKE_QUEUE) == first


@pytest.mark.slow
def test_a_disk_that_fails_in_the_middle_of_a_flush_loses_nothing(home: Home, intake: Client) -> None:
    """What could not be marked goes again, and the file is whole."""
    ids_of_all = home.publish(3000)
    size = home.at.spool.stat().st_size
    environment = {**os.environ, "EKTP_HOME": str(home.at.folder.parent), "PYTHONPATH": str(ROOT)}
    # No file may grow beyond this; what is written into the second half of the spool fails as on a disk without room.
    limited = f"ulimit -f {size // 2 // 1024}; exec {sys.executable} -m ektp.cli.main station flush"
    done = subprocess.run(["bash", "-c", limited], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr
    assert "all before it is" in done.stderr
    left = home.unsent()
    assert 0 < left <= 3000
    assert home.flush(way(home.enrolment.broker_url())).confirmed == left
    arrived = ids(intake.take_all(INTAKE_QUEUE))
    assert set(arrived) == set(ids_of_all)
    assert len(arrived) <= 3000 + 1000
    assert home.asked(lambda spool: spool.ask("pragma integrity_check")) == [("ok",)]
