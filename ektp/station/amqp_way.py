"""The way over RabbitMQ: many events in flight, each confirmed; and the station's own queue of answers."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Final

import pika
import pika.exceptions

from consumers.errors import PublisherLost
from ektp.broker.batch_publisher import BatchPublisher, Dispatch, Ending, Fate, read_url
from ektp.broker.errors import BrokerUrlInvalid, because
from ektp.station.errors import CentreAway
from ektp.station.feedback import word_of
from ektp.station.parcels import Carried, Parcel, Said, Word

_SAID: Final = {
    Fate.CONFIRMED: Said.CONFIRMED,
    Fate.RETURNED: Said.RETURNED,
    Fate.NACKED: Said.NOT_NOW,
    Fate.UNKNOWN: Said.UNKNOWN,
}
_NOT_FOUND: Final = 404
_LOST: Final = (pika.exceptions.AMQPError, OSError)


class AmqpWay:
    """A Way. At most 500 events are unconfirmed; a broker that says nothing for `deadline` seconds is away."""

    largest = 1000

    def __init__(
        self, url: str, station: str, now: Callable[[], float], *, window: int = 500, deadline: float = 10.0
    ) -> None:
        try:
            self._publisher = BatchPublisher(url, window=window, deadline=deadline)
            self._settings = read_url(url, deadline)
            # A blocking call ends when the line is found dead, and not before: after two or three of these.
            self._settings.heartbeat = max(round(deadline / 2), 1)
        except BrokerUrlInvalid as invalid:
            raise CentreAway(str(invalid), for_good=True) from None
        self._station, self._now = station, now
        self._connection: Any = None
        self._channel: Any = None
        self._tag = 0

    def carry(self, parcels: Sequence[Parcel], unsent: int) -> Carried:
        """Carry them with confirms. Raises CentreAway."""
        try:
            fates = self._publisher.publish(self._dispatches(parcels, unsent))
        except PublisherLost as lost:
            refused = refuses_the_account(lost.because)
            why = "the broker refuses the account: enrol again, or ask the centre" if refused else lost.because
            raise CentreAway(why, for_good=refused) from None
        said = {one: _SAID[fate] for one, fate in fates.items()}
        ending = self._publisher.ending
        if len(parcels) == 1 and _is_about_the_message(ending.failure):
            # Alone on its channel: so it is this one that the broker closed the channel over.
            said[parcels[0].id] = Said.REFUSED
        return Carried(said, _trouble(said, ending))

    def words(self, most: int) -> Sequence[Word]:
        """Return what lies in the station's queue of answers; nothing where it has none. Raises CentreAway."""
        found = list[Word]()
        with self._watched():
            if self._connection is None:
                self._connection = pika.BlockingConnection(self._settings)
                self._channel = self._connection.channel()
            while len(found) < most:
                method, _, body = self._channel.basic_get(f"ektp.feedback.{self._station}")
                if method is None:
                    break
                self._tag = method.delivery_tag
                if (word := word_of(body)) is not None:
                    found.append(word)
        return found

    def heard(self) -> None:
        """Acknowledge them and everything unreadable between; hang up. Raises CentreAway."""
        connection, self._connection = self._connection, None
        with self._watched():
            if connection is not None:
                if self._tag:
                    self._channel.basic_ack(self._tag, multiple=True)
                connection.close()
        self._tag = 0

    def _dispatches(self, parcels: Sequence[Parcel], unsent: int) -> Iterator[Dispatch]:
        for number, one in enumerate(parcels, 1):
            now = self._now()
            key = f"{one.name}.{self._station}{'.late' if one.is_late(now) else ''}"
            headers = {"ektp-sent": sent_at(now), "ektp-unsent": max(unsent - number, 0)}
            yield Dispatch(one.id, key, one.body, headers=headers)

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except pika.exceptions.ChannelClosedByBroker as closed:
            self._hang_up()
            if closed.reply_code not in {_NOT_FOUND, 403}:
                raise CentreAway(because(closed)) from None
        except _LOST as lost:
            self._hang_up()
            raise CentreAway(because(lost)) from None

    def _hang_up(self) -> None:
        connection, self._connection, self._tag = self._connection, None, 0
        if connection is not None:
            with suppress(*_LOST):
                connection.close()


def sent_at(now: float) -> str:
    """Return the moment of sending as the header ektp-sent has it."""
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")


def refuses_the_account(because: str) -> bool:
    """Tell whether the broker itself has said no: pika guesses so of every line that is cut while it opens."""
    return "ACCESS_REFUSED" in because


def _is_about_the_message(failure: BaseException | None) -> bool:
    """Tell whether the broker closed the channel over what was sent on it: not over an exchange that is missing."""
    return isinstance(failure, pika.exceptions.ChannelClosedByBroker) and failure.reply_code != _NOT_FOUND


def _trouble(said: dict[str, Said], ending: Ending) -> str:
    failure = ending.failure
    if ending.blocked:
        return "the broker takes nothing for now (an alarm: its memory or disk is short)"
    if isinstance(failure, pika.exceptions.ChannelClosedByBroker):
        if failure.reply_code == _NOT_FOUND:
            return "the exchange ektp.events is not there: has the centre declared it?"
        return f"the broker refuses an event ({failure.reply_code})"
    if failure is not None:
        return f"the connection was lost ({because(failure)})"
    if Said.NOT_NOW in said.values():
        return "the broker's queue is full"
    return ""
