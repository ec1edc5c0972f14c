"""What a subscriber is sent once more: what it should have heard and no more, in order, and exact after a crash."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from consumers.errors import LinkLost
from consumers.failpoints import plant
from ektp.errors import NoSuchSubscriber
from ektp.reading.snapshot import snapshot
from ektp.reading.subscribers import subscriber
from ektp.storage.subscribers.replays import NewReplay, Replay
from ektp.subscribers.replaying import FULL, Replayer
from tests.conftest import Eventually
from tests.servers.rabbit import PrivateRabbit, vhost_of
from tests.subscribed import named, own_url, read, told
from tests.subscriber_hall import PRINTED, Hall

ELSEWHERE, HERE, FAILED = "33.19.01", "33.74.10", "application-failed"


@pytest.fixture
def hall(engine: Engine, amqp_url: str, rabbit: PrivateRabbit) -> Iterator[Hall]:
    """Give a broker with one subscriber, to what is printed in 33.74, added an hour ago."""
    with named(rabbit, "sms") as (name,):
        made = Hall(engine, amqp_url, rabbit, name)
        yield made
        made.client.close()


def ask(hall: Hall, **what: object) -> Replay:
    """Ask for a replay."""
    return hall.desk.replay(NewReplay(hall.name, "budi", "a test", **what))  # type: ignore[arg-type]


def ago(minutes: int) -> datetime:
    """Return a moment so long ago."""
    return datetime.now(UTC) - timedelta(minutes=minutes)


def heard(hall: Hall, count: int) -> list[str]:
    """Return the ids of so many notices, in the order in which they come, none of them being left behind."""
    found = read(own_url(hall.account.told()), hall.queue, count) if count else []
    assert hall.client.depth(hall.queue) == 0
    return [body["id"] for _, body in found]


def application_of(engine: Engine, notice: str) -> UUID:
    """Return whose notice this is."""
    with engine.connect() as connection:
        found: UUID = connection.execute(
            text("select application from outbox where id = :id"), {"id": notice}
        ).scalar_one()
    return found


def test_from_a_time_on_everything_it_should_have_heard_comes_once_more(hall: Hall, engine: Engine) -> None:
    """In the order in which it was written: not what is another's, older, of another exchange, or not sent yet."""
    told(engine, PRINTED, HERE, [1, 2], minutes=60)
    wanted = told(engine, PRINTED, HERE, [1, 2, 3], minutes=20)
    told(engine, PRINTED, ELSEWHERE, [1], minutes=19)
    told(engine, FAILED, HERE, [1], minutes=18)
    wanted += told(engine, PRINTED, "33.74", [7], minutes=10)
    told(engine, PRINTED, HERE, [1], sent=False)
    made = ask(hall, since=ago(30))
    told(engine, PRINTED, HERE, [1, 2])
    replayer = Replayer(engine, hall.url)
    assert replayer.go_on(made.id) is None
    found = read(own_url(hall.account.told()), hall.queue, len(wanted))
    assert [body["id"] for _, body in found] == wanted
    assert {properties.headers["ektp-replay"] for properties, _ in found} == {str(made.id)}
    assert {properties.content_type for properties, _ in found} == {"application/cloudevents+json"}
    assert hall.client.depth(hall.queue) == 0
    with snapshot(engine) as connection:
        (row,) = subscriber(connection, hall.name)["replays"]
    assert (row["sent"], row["outcome"], row["asked_by"], row["because"]) == (4, "done", "budi", "a test")
    assert replayer.go_on(made.id) is None
    assert heard(hall, 0) == []


def test_of_one_application_its_series_comes_from_a_number_on(hall: Hall, engine: Engine) -> None:
    """Whatever else there is."""
    ids = told(engine, PRINTED, HERE, range(1, 6), minutes=99)
    told(engine, PRINTED, HERE, [1])
    application = application_of(engine, ids[0])
    with engine.begin() as connection:
        hall_of_one = "insert into applications select (json_populate_record(null::applications, :row)).*"
        row = {"id": str(application), "version": 5, "state": "printed", "attempt": 1, "office": HERE, "lane": "new",
               "standing": {}, "nik_key": "\\x01", "notices": 5, "requests": 0, "resi": "X",
               "recorded": ago(99).isoformat(), "since": ago(99).isoformat(), "timers": {}, "prints_at": "33.74",
               "situation": ""}  # fmt: skip
        connection.execute(text(hall_of_one), {"row": json.dumps(row)})
    made = ask(hall, application=application, from_sequence=3)
    assert Replayer(engine, hall.url).go_on(made.id) is None
    assert heard(hall, 3) == ids[2:]


def test_killed_between_the_broker_and_its_note_it_sends_that_batch_again(hall: Hall, engine: Engine) -> None:
    """With the same ids, and everything after it once: by what it has seen, a subscriber knows each."""
    ids = told(engine, PRINTED, HERE, range(1, 1501), minutes=5)
    made = ask(hall, since=ago(30))

    def die() -> None:
        raise InterruptedError

    plant("replay-after-publish", die)
    with pytest.raises(InterruptedError):
        Replayer(engine, hall.url).go_on(made.id)
    assert Replayer(engine, hall.url).go_on(made.id) is None
    assert heard(hall, 2500) == [*ids[:1000], *ids]


def test_what_is_written_while_it_runs_goes_its_usual_way(hall: Hall, engine: Engine) -> None:
    """A replay ends with what there was when it was asked for."""
    ids = told(engine, PRINTED, HERE, [1, 2], minutes=5)
    made = ask(hall, since=ago(30))
    late = told(engine, PRINTED, HERE, [1])
    hall.client.send(f"{PRINTED}.{HERE}", b'{"id":"%b"}' % late[0].encode(), exchange="ektp.notices")
    assert Replayer(engine, hall.url).go_on(made.id) is None
    assert heard(hall, 3) == [*late, *ids]


def test_it_waits_for_a_subscriber_that_does_not_read(hall: Hall, engine: Engine, eventually: Eventually) -> None:
    """What it has not read yet need not lie with the broker as well."""
    hall.client.send(f"{PRINTED}.{HERE}", *[b'{"id":"x"}'] * 20, exchange="ektp.notices")
    ids = told(engine, PRINTED, HERE, [1, 2], minutes=5)
    made = ask(hall, since=ago(30))
    replayer = Replayer(engine, hall.url, most_ready=20)
    eventually(lambda: hall.client.depth(hall.queue) == 20)
    assert replayer.go_on(made.id) == FULL
    read(own_url(hall.account.told()), hall.queue, 20)
    assert replayer.go_on(made.id) is None
    assert heard(hall, 2) == ids


def test_a_removed_subscriber_ends_it_and_a_missing_queue_does_not(hall: Hall, engine: Engine) -> None:
    """A queue that somebody deleted is mended, and the replay goes on."""
    ids = told(engine, PRINTED, HERE, [1], minutes=5)
    made = ask(hall, since=ago(30))
    hall.rabbit.ask("DELETE", f"queues/{vhost_of(hall.url)}/{hall.queue}")
    with pytest.raises(LinkLost):
        Replayer(engine, hall.url).go_on(made.id)
    hall.desk.mend(hall.name, "budi")
    assert Replayer(engine, hall.url).go_on(made.id) is None
    assert heard(hall, 1) == ids
    another = ask(hall, since=ago(30))
    hall.desk.remove(hall.name, "budi", "a test")
    assert Replayer(engine, hall.url).go_on(another.id) is None
    with engine.connect() as connection:
        outcomes = connection.execute(text("select outcome from replays order by asked")).scalars().all()
    assert outcomes == ["done", "subscriber-removed"]
    with pytest.raises(NoSuchSubscriber):
        ask(hall, since=ago(30))


def test_where_a_replay_begins_is_found_by_halving(hall: Hall, engine: Engine) -> None:
    """Among letters of many moments, written out of order within a transaction's time, none is left out."""
    for minutes in range(300, 0, -3):
        told(engine, PRINTED, HERE, [1, 2], minutes=minutes + (minutes % 9))
    for minutes in (1, 59, 150, 301, 999):
        made = ask(hall, since=ago(minutes))
        with engine.connect() as connection:
            question = "select count(*) from outbox where created >= :since and seq <= :position"
            left_out = connection.execute(text(question), {"since": made.since, "position": made.position})
            assert left_out.scalar_one() == 0
            assert made.position > 0 or minutes > 280
