"""Celery's consumer without the queues for countdowns: waiting is the database's."""

from celery.worker.consumer import Consumer


class StepConsumer(Consumer):  # type: ignore[misc]  # Celery has no types
    """On quorum queues Celery would declare 28 queues `celery_delayed_*` to carry countdowns; we never use one."""

    class Blueprint(Consumer.Blueprint):  # type: ignore[misc]
        """The consumer's parts."""

        default_steps = tuple(step for step in Consumer.Blueprint.default_steps if "delayed_delivery" not in step)
