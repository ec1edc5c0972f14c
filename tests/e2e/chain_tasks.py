"""A chain of two tasks as Celery has it, whose process dies once around sending the second: for the decision record."""

import os
import signal
import threading
from pathlib import Path
from typing import Any, Final

from celery import Celery
from celery.signals import after_task_publish, before_task_publish
from kombu.entity import Exchange, Queue

FOLDER: Final = Path(os.environ["EKTP_TEST_FOLDER"])
MOMENTS: Final = {"before": before_task_publish, "after": after_task_publish}
QUEUE: Final = Queue("chained", Exchange("chained", "topic"), "run", queue_arguments={"x-queue-type": "quorum"})

app: Final = Celery("chained", broker=os.environ["EKTP_BROKER_URL"])
app.conf.update(
    task_queues=[QUEUE],
    task_default_queue="chained",
    task_default_exchange="chained",
    task_default_exchange_type="topic",
    task_default_routing_key="run",
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    worker_consumer="ektp.running.step_consumer:StepConsumer",
    worker_hijack_root_logger=False,
    broker_transport_options={"confirm_publish": True},
    broker_connection_retry_on_startup=True,
    task_acks_late=bool(os.environ.get("TEST_ACKS_LATE")),
)


def _note(name: str) -> None:
    with (FOLDER / name).open("a") as lines:
        lines.write("x\n")


@app.task(name="first")  # type: ignore[untyped-decorator]
def first() -> None:
    """Do the first thing; it takes a moment, in which an early acknowledgement leaves the process."""
    _note("first")
    threading.Event().wait(0.5)


@app.task(name="second")  # type: ignore[untyped-decorator]
def second() -> None:
    """Do the second thing."""
    _note("second")


@app.task(name="last")  # type: ignore[untyped-decorator]
def last() -> None:
    """Tell that everything before has been delivered."""
    _note("last")


def _die(sender: str = "", **_: Any) -> None:
    """End the process with kill -9, once, at the second task's publication by the first one."""
    mark = FOLDER / "died"
    if sender == "second" and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)


MOMENTS[os.environ.get("TEST_MOMENT", "before")].connect(_die, weak=False)
