"""What the broker itself refuses to a station: each attempt with the code that it answers."""

import json
from collections.abc import Callable
from typing import Any, Final, NamedTuple
from uuid import uuid4

from ektp.broker import topology
from tests.e2e.town_of_accounts import Town

Act = Callable[[Any, Town], object]


class Attempt(NamedTuple):
    """One attempt on an open channel of `who`, and the code that the broker must answer."""

    what: str
    expected: str
    act: Act
    who: str = "forger"


def publishing(key: str, *, exchange: str = topology.EVENTS, user_id: str | None = None) -> Act:
    """Return an act that publishes a valid event under a key with `{me}` and `{other}` in it."""

    def act(channel: Any, town: Town) -> None:
        import pika

        channel.confirm_delivery()
        names = {"me": town.name("forger"), "other": town.name("honest")}
        settings = pika.BasicProperties(user_id=user_id and user_id.format(**names), delivery_mode=2)
        body = json.dumps(town.event("forger", "recorded", office="33.19.01")).encode()
        channel.basic_publish(exchange.format(**names), key.format(**names), body, settings, mandatory=True)

    return act


def own_feedback(town: Town) -> str:
    """Return the one queue that the forger may read."""
    return f"ektp.feedback.{town.name('forger')}"


def others_feedback(town: Town) -> str:
    """Return the queue of the honest station."""
    return f"ektp.feedback.{town.name('honest')}"


def drained(channel: Any, queue: str) -> None:
    """Consume until the broker says no."""
    channel.basic_consume(queue, lambda *_: None)
    channel.connection.process_data_events(time_limit=5)


EVENTS, INTAKE = topology.EVENTS, topology.INTAKE_QUEUE
WAKE_UP: Final = topology.STEPS_KEY
REFUSED: Final = (
    Attempt("routing key of another station", "403", publishing("recorded.{other}")),
    Attempt("routing key of another station, late", "403", publishing("recorded.{other}.late")),
    Attempt("own key, event of another role", "403", publishing("data-verified.{me}")),
    Attempt("own key, event of the pipeline", "403", publishing("deadline-passed.{me}")),
    Attempt("own key, event of an operator", "403", publishing("remedy-ordered.{me}")),
    Attempt("own name as the beginning of the key's station", "403", publishing("recorded.{me}x")),
    Attempt("own name as the end of the key's station", "403", publishing("recorded.x{me}")),
    Attempt("own name after another's", "403", publishing("recorded.{other}.{me}")),
    Attempt("another word than late behind the own name", "403", publishing("recorded.{me}.later")),
    Attempt("a line's end behind the own name", "403", publishing("recorded.{me}\n")),
    Attempt("an empty key", "403", publishing("")),
    Attempt("user id of another station", "406", publishing("recorded.{me}", user_id="{other}")),
    Attempt("user id of the pipeline's own account", "406", publishing("recorded.{me}", user_id="guest")),
    Attempt("a notice", "403", publishing("application-printed.33.74", exchange=topology.NOTICES)),
    Attempt("a request", "403", publishing("print-card.33.74", exchange=topology.REQUESTS)),
    Attempt("feedback to another station", "403", publishing("event-repaired.{other}", exchange=topology.FEEDBACK)),
    Attempt("a wake-up of a step", "403", publishing(WAKE_UP, exchange=topology.STEPS)),
    Attempt("a dead letter", "403", publishing("recorded.{other}", exchange=topology.DEAD)),
    Attempt("a strange key by its exchange", "403", publishing("recorded.{other}", exchange=topology.STRANGE)),
    Attempt("an exchange that every broker has", "403", publishing("recorded.{other}", exchange="amq.topic")),
    Attempt("the intake by the default exchange", "403", publishing(INTAKE, exchange="")),
    Attempt("another's feedback by the default exchange", "403", publishing("ektp.feedback.{other}", exchange="")),
    Attempt("declare a queue", "403", lambda channel, _: channel.queue_declare(f"mine-{uuid4().hex}", durable=True)),
    Attempt("declare a queue of its own connection", "403",
            lambda channel, _: channel.queue_declare("", exclusive=True)),
    Attempt("declare an exchange", "403", lambda channel, _: channel.exchange_declare(f"mine-{uuid4().hex}", "topic")),
    Attempt("declare the events' exchange anew", "403", lambda channel, _: channel.exchange_declare(EVENTS, "fanout")),
    Attempt("bind its queue to the notices", "403",
            lambda channel, town: channel.queue_bind(own_feedback(town), topology.NOTICES, "#")),
    Attempt("bind its queue to all feedback", "403",
            lambda channel, town: channel.queue_bind(own_feedback(town), topology.FEEDBACK, "#")),
    Attempt("bind its queue to the events", "403",
            lambda channel, town: channel.queue_bind(own_feedback(town), EVENTS, "#")),
    Attempt("bind an exchange to the events", "403",
            lambda channel, _: channel.exchange_bind("amq.fanout", EVENTS, "#")),
    Attempt("unbind the intake", "403", lambda channel, _: channel.queue_unbind(INTAKE, EVENTS, "*.*")),
    Attempt("get from the intake", "403", lambda channel, _: channel.basic_get(INTAKE)),
    Attempt("get from another's feedback", "403", lambda channel, town: channel.basic_get(others_feedback(town))),
    Attempt("consume the intake", "403", lambda channel, _: drained(channel, INTAKE)),
    Attempt("consume the late queue", "403", lambda channel, _: drained(channel, topology.LATE_QUEUE)),
    Attempt("consume another's feedback", "403", lambda channel, town: drained(channel, others_feedback(town))),
    Attempt("purge the intake", "403", lambda channel, _: channel.queue_purge(INTAKE)),
    Attempt("delete the intake", "403", lambda channel, _: channel.queue_delete(INTAKE)),
    Attempt("delete its feedback queue", "403", lambda channel, town: channel.queue_delete(own_feedback(town))),
    Attempt("delete the events' exchange", "403", lambda channel, _: channel.exchange_delete(EVENTS)),
)  # fmt: skip
