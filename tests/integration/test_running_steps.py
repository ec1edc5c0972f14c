"""The worker and the beat as parts of one process: on RabbitMQ, and on the broker in this process."""

import signal
import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest

from ektp.bootstrap import Parts
from ektp.broker.topology import STEPS_QUEUE
from ektp.celery import StepApp
from ektp.config.settings import Settings
from ektp.errors import ServiceMissing
from ektp.running.beat import Beat
from ektp.running.worker import StepWorker
from ektp.storage.engine import transaction
from ektp.storage.steps.steps import add_steps
from ektp.workplace import Workplace
from tests.amqp_client import Client, declare
from tests.brokers import IN_PROCESS, RABBITMQ, Broker, broker_of
from tests.conftest import Eventually
from tests.running import running
from tests.servers.rabbit import PrivateRabbit
from workflows.ports import Ports
from workflows.steps.kinds import KINDS, Kind
from workflows.steps.patience import Patience
from workflows.steps.step import Done, NewStep, NotYet, Result, Step

SETTLES = 20  # seconds


@pytest.fixture(params=[RABBITMQ, IN_PROCESS])
def broker(request: pytest.FixtureRequest, rabbit: PrivateRabbit) -> Iterator[Broker]:
    """Give each of the two brokers."""
    with broker_of(request.param, rabbit) as made:
        yield made


@pytest.fixture
def parts(database_url: str) -> Iterator[Parts]:
    """Give the parts of a process on this test's database."""
    made = Parts(Settings.model_validate({"secret_key": "s" * 40, "nik_key": "n" * 40}), database_url)
    yield made
    made.close()


def add(parts: Parts, kind: str) -> UUID:
    """Write a step and return its id."""
    step = NewStep(kind, f"{kind}:{uuid4()}", uuid4())
    with transaction(parts.engine) as connection:
        add_steps(connection, [step])
    return step.id


def state(parts: Parts, step: UUID) -> str:
    """Return how a step stands."""
    with transaction(parts.engine) as connection:
        found = connection.execute("select state from steps where id = %s", [step]).fetchone()
    assert found is not None
    return str(found[0])


def is_done(parts: Parts, step: UUID) -> bool:
    """Tell whether a step has ended well."""
    return state(parts, step) == "done"


def work(_ports: Ports, _step: Step) -> Result:
    """Be done at once."""
    return Done()


def test_worker_and_beat_start_and_stop_twice_in_one_process(
    parts: Parts, broker: Broker, eventually: Eventually
) -> None:
    """Each time they run steps, leave the process's signals alone, and leave no thread and no connection behind."""
    kinds = {**KINDS, "once": Kind(work)}
    handlers = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    before = set(threading.enumerate())
    for _ in range(2):
        worker, beat = StepWorker(parts, broker.url, kinds), Beat(parts, broker.url, kinds)
        step = add(parts, "once")
        with running(worker), running(beat):
            eventually(lambda worker=worker, beat=beat: worker.ready and beat.ready, SETTLES)
            eventually(partial(is_done, parts, step), SETTLES)
        assert not worker.ready
        assert not beat.ready
        eventually(lambda: set(threading.enumerate()) == before)
        eventually(lambda: broker.connections() == 0)
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == handlers
    with transaction(parts.engine) as connection:
        every = {kind for (kind,) in connection.execute("select kind from steps where state = 'done'")}
    assert {name for name, kind in KINDS.items() if kind.every} <= every


def test_the_step_at_hand_is_finished_before_the_worker_ends(
    parts: Parts, broker: Broker, eventually: Eventually
) -> None:
    """Others wait in the store for whoever comes next."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(_ports: Ports, _step: Step) -> Result:
        begun.set()
        assert go_on.wait(SETTLES)
        return Done()

    kinds = {"slow": Kind(slow)}
    worker = StepWorker(parts, broker.url, kinds)
    step = add(parts, "slow")
    with running(Beat(parts, broker.url, kinds)):
        thread = threading.Thread(target=worker.run)
        thread.start()
        assert begun.wait(SETTLES)
        worker.stop()
        thread.join(0.5)
        assert thread.is_alive()
        go_on.set()
        thread.join(SETTLES)
        assert not thread.is_alive()
    assert state(parts, step) == "done"


def test_a_broker_that_goes_and_comes_back_is_waited_for(parts: Parts, broker: Broker, eventually: Eventually) -> None:
    """Worker and beat find their way back by themselves."""
    kinds = {"once": Kind(work)}
    worker, beat = StepWorker(parts, broker.url, kinds), Beat(parts, broker.url, kinds)
    with running(worker), running(beat):
        for _ in range(2):
            eventually(lambda: worker.ready, SETTLES)
            step = add(parts, "once")
            eventually(partial(is_done, parts, step), SETTLES)
            eventually(lambda: broker.connections() > 0)
            broker.close_connections()
        step = add(parts, "once")
        eventually(partial(is_done, parts, step), SETTLES)


def test_a_step_that_fails_is_tried_again_by_the_database(parts: Parts, broker: Broker, eventually: Eventually) -> None:
    """No countdown and no retry of Celery: the row waits, and is sent when its time has come."""
    runs: list[int] = []

    def third_time(_ports: Ports, step: Step) -> Result:
        runs.append(step.attempts)
        return Done() if step.attempts == 3 else NotYet("NoAnswer")

    kinds = {"unsure": Kind(third_time, Patience(timedelta(milliseconds=1), timedelta(milliseconds=50)))}
    step = add(parts, "unsure")
    with running(StepWorker(parts, broker.url, kinds)), running(Beat(parts, broker.url, kinds)):
        eventually(partial(is_done, parts, step), SETTLES)
    assert runs == [1, 2, 3]


def test_they_end_at_once_where_there_is_no_broker(parts: Parts) -> None:
    """Waiting for it does not keep a process from ending."""
    nowhere = "amqp://guest:guest@127.0.0.1:1//"
    worker, beat = StepWorker(parts, nowhere), Beat(parts, nowhere)
    with running(worker), running(beat):
        threading.Event().wait(1)
        assert not worker.ready
        assert not beat.ready


def test_a_wake_up_that_nobody_takes_is_dropped(parts: Parts, amqp_url: str, eventually: Eventually) -> None:
    """Where no worker runs, the same steps are sent each minute: their messages do not pile up."""
    app = StepApp(Workplace(given=parts), amqp_url)
    declare(amqp_url)
    outside = Client(amqp_url)
    for _ in range(3):
        app.send("wake-held", uuid4(), 1.5)
    app.hang_up()
    eventually(lambda: outside.depth(STEPS_QUEUE) == 3, 1)
    eventually(lambda: outside.depth(STEPS_QUEUE) == 0, 5)
    outside.close()


def test_celery_says_what_is_missing() -> None:
    """Whoever forgets the broker reads the variable's name, not a default broker's refusal."""
    with pytest.raises(ServiceMissing, match="EKTP_BROKER_URL is not set"):
        StepApp(Workplace()).conf.broker_url  # noqa: B018 - settings are read when they are first needed
