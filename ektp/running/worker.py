"""The worker as a part: a whole Celery worker in a thread, which leaves the process's signals alone."""
# mypy: allow-untyped-calls

import threading
from typing import Any, Final

import structlog
from celery.exceptions import WorkerShutdown
from kombu.asynchronous import set_event_loop

from consumers.back_off import BackOff
from ektp.bootstrap import Parts
from ektp.celery import StepApp
from ektp.workplace import Workplace
from workflows.steps.kinds import KINDS, Kinds

log = structlog.get_logger()
_AT_ONCE: Final = 4  # steps


class StepWorker:
    """Runs steps until it is stopped; a broker that is away is waited for. One in a process: Celery allows no more."""

    def __init__(self, parts: Parts, url: str, kinds: Kinds = KINDS) -> None:
        self._parts, self._url, self._kinds = parts, url, kinds
        self._stopping = threading.Event()
        self._consumer: Any = None

    @property
    def ready(self) -> bool:
        """Whether it takes steps."""
        consumer = self._consumer
        return consumer is not None and consumer.connection is not None

    def run(self) -> None:
        """Work until `stop`, with a worker made anew each time the broker has gone."""
        pauses = BackOff()
        while not self._stopping.is_set():
            self._work()
            if self._stopping.is_set():
                return
            log.warning("worker-waits-for-broker")
            self._stopping.wait(pauses.next())

    def stop(self) -> None:
        """Take no more, and end when what is at hand is done."""
        self._stopping.set()
        consumer = self._consumer
        if consumer is not None:
            # In the loop's own thread; Celery's usual flag, state.should_stop, is the whole process's and stays set.
            consumer.call_soon(_shut_down)

    def _work(self) -> None:
        app = StepApp(Workplace(self._kinds, self._parts), self._url)
        app.conf.worker_consumer = "ektp.running.step_consumer:OneLinkConsumer"
        worker = app.WorkController(
            pool="threads",
            concurrency=_AT_ONCE,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            ready_callback=self._begin,
        )
        # The pool's threads find the application here, and only here.
        app.set_default()
        try:
            worker.start()
        finally:
            self._consumer = None
            app.close()
            # kombu keeps the last loop for the whole process, closed, and with it the timers of a worker that is over.
            set_event_loop(None)

    def _begin(self, consumer: Any) -> None:  # noqa: ANN401 - Celery has no types
        self._consumer = consumer
        if self._stopping.is_set():
            consumer.call_soon(_shut_down)


def _shut_down() -> None:
    raise WorkerShutdown(0)
