"""Celery's consumer without the queues for countdowns, and without strangers' messages in the log."""

from typing import Any

import structlog
from celery.exceptions import WorkerShutdown
from celery.utils.log import worker_logger
from celery.worker.consumer import Consumer

log = structlog.get_logger()


class StepConsumer(Consumer):  # type: ignore[misc]  # Celery has no types
    """Celery's, but for two things.

    On quorum queues it would declare 28 queues `celery_delayed_*` to carry countdowns, and we wait in the database. Of
    a message that is no task it would log the body, whatever stands in it.
    """

    class Blueprint(Consumer.Blueprint):  # type: ignore[misc]
        """The consumer's parts."""

        default_steps = tuple(step for step in Consumer.Blueprint.default_steps if "delayed_delivery" not in step)

    def on_unknown_message(self, _body: object, message: Any) -> None:  # noqa: ANN401
        """Drop what is no task; a step that waits is sent again."""
        log.warning("strange-message-dropped")
        message.reject_log_error(worker_logger, self.connection_errors)

    def on_unknown_task(self, body: object, message: Any, _error: Exception) -> None:  # noqa: ANN401
        """Drop a task of another release, which will come to run it."""
        self.on_unknown_message(body, message)

    on_invalid_task = on_unknown_task

    def on_decode_error(self, message: Any, _error: Exception) -> None:  # noqa: ANN401
        """Drop what cannot be read."""
        self.on_unknown_message(None, message)


class OneLinkConsumer(StepConsumer):
    """Ends its worker with its link, so that whoever made the worker waits for the broker, and may stop waiting.

    Celery's own waiting heeds only a flag of the whole process.
    """

    def ensure_connected(self, connection: Any) -> Any:  # noqa: ANN401
        """Connect once."""
        connection.connect()
        return connection

    def on_connection_error_before_connected(self, error: Exception) -> None:
        """End."""
        raise WorkerShutdown(1) from error

    on_connection_error_after_connected = on_connection_error_before_connected
