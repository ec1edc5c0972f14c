"""The Celery application: `celery -A ektp.celery worker` and `celery -A ektp.celery beat`.

A task is called `ektp.steps.<kind>` and gets the id of a row, nothing else. Waiting, retrying, order and what has been
done are the database's: no countdown, no retry, no result, no chain
(docs/decisions/0005-no-chain-for-business-steps.md).
Importing this connects to nothing; the settings are read when the application is first configured.
"""
# mypy: allow-untyped-calls

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

import structlog
from celery import Celery
from celery.loaders.app import AppLoader
from celery.signals import setup_logging
from kombu.connection import Connection
from kombu.entity import Exchange, Queue

from consumers.errors import StoreAway
from ektp.bootstrap import broker_url
from ektp.broker.connection import CONNECT_TIMEOUT, HEARTBEAT
from ektp.broker.in_process import is_in_process
from ektp.broker.topology import STEPS, STEPS_KEY, STEPS_QUEUE, WAKE_UPS
from ektp.config.settings import read_settings
from ektp.errors import ServiceMissing
from ektp.logs import configure
from ektp.workplace import Workplace

log = structlog.get_logger()
_PATIENCE: Final = 10.0  # seconds for the broker's word on a message


def task_name(kind: str) -> str:
    """Return the name of the task that runs steps of a kind."""
    return f"ektp.steps.{kind}"


class StepApp(Celery):  # type: ignore[misc]  # Celery has no types
    """A Celery application that runs the steps of a workplace; without a `url`, with the broker of the environment."""

    def __init__(self, workplace: Workplace, url: str | None = None) -> None:
        super().__init__("ektp", loader=_Loader, set_as_current=False)
        self.workplace = workplace
        self._url = url
        # Not of kombu's pools: those are the whole process's, and outlive us.
        self._line: Connection | None = None
        for kind in workplace.kinds:
            self.task(_work_for(workplace), name=task_name(kind), shared=False)

    def broker_url(self) -> str:
        """Return the URL given or that of the environment. Raises ServiceMissing and WrongUse."""
        return self._url or broker_url(read_settings())

    def send(self, kind: str, id: UUID, seconds: float) -> None:  # noqa: A002
        """Wake a worker up for a step; what nobody has taken within so many seconds is dropped by the broker.

        For one thread. Raises OperationalError (of kombu).
        """
        self._line = self._line or self.connection_for_write()
        try:
            self.send_task(task_name(kind), args=[str(id)], expiration=seconds, connection=self._line)
        except BaseException:
            self.hang_up()
            raise

    def hang_up(self) -> None:
        """Close the connection that `send` keeps; never raises."""
        line, self._line = self._line, None
        if line is not None:
            with suppress(Exception):
                line.release()


class _Loader(AppLoader):  # type: ignore[misc]  # Celery has no types
    """Where Celery gets its settings: the project's environment in place of a module."""

    def read_configuration(self, env: str = "") -> dict[str, Any]:  # noqa: ARG002 - Celery's
        """Return the settings."""
        return configuration(self.app.broker_url())


def configuration(url: str) -> dict[str, Any]:
    """Return Celery's settings for a broker."""
    queue = Queue(
        STEPS_QUEUE, Exchange(STEPS, "topic", durable=True), STEPS_KEY, durable=True, queue_arguments=dict(WAKE_UPS)
    )
    ours = is_in_process(url)
    return {
        "broker_url": url,
        "broker_heartbeat": HEARTBEAT,
        "broker_connection_timeout": CONNECT_TIMEOUT,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_transport_options": {"confirm_publish": True, "confirm_timeout": _PATIENCE},
        "task_queues": [queue],
        "task_default_queue": STEPS_QUEUE,
        "task_default_exchange": STEPS,
        "task_default_exchange_type": "topic",  # with a direct one Celery would publish past it
        "task_default_routing_key": STEPS_KEY,
        "task_default_queue_type": "quorum",
        "task_create_missing_queues": False,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_ignore_result": True,
        "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0, "interval_step": 0.2},
        # A message is acknowledged when its step's row says what came of it.
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "worker_detect_quorum_queues": True,
        "worker_consumer": "ektp.running.step_consumer:StepConsumer",
        "worker_send_task_events": False,
        "worker_enable_remote_control": not ours,
        "beat_enable_remote_control": not ours,
        "control_queue_exclusive": True,
        "event_queue_exclusive": True,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "beat_scheduler": "ektp.schedule:LeaderScheduler",
        "beat_max_loop_interval": 1,
    }


def _work_for(workplace: Workplace) -> Callable[[str], None]:
    def run(step: str) -> None:
        try:
            workplace.runner().run(UUID(step))
        except (StoreAway, ServiceMissing) as away:
            # The row is still due, or its lease ends: it is sent again.
            log.warning("step-waits-for-store", step=step, because=str(away))

    return run


@setup_logging.connect(weak=False)  # type: ignore[untyped-decorator]
def _log_as_we_do(**_options: object) -> None:
    """Keep Celery's programs from setting up logging of their own."""
    configure(read_settings().log_format)


app: Final = StepApp(Workplace())
