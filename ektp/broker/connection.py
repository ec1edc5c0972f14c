"""How a kombu link to the broker is opened and lost: its settings, bounded back-off, errors without passwords."""
# mypy: allow-untyped-calls

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from kombu.connection import Connection
from kombu.exceptions import OperationalError
from kombu.transport import TRANSPORT_ALIASES

from consumers.errors import LinkLost
from ektp.broker.errors import BrokerUrlInvalid, because

HEARTBEAT: Final = 30.0  # seconds; either side gives up after two of them without a frame
CONNECT_TIMEOUT: Final = 4.0  # seconds, for each step of opening a link
IO_TIMEOUT: Final = 10.0  # seconds a single read or write may take that is not a wait for messages
NOT_FOUND: Final = 404
IN_PROCESS: Final = "in-process"  # the scheme of a broker that is this process

# py-amqp keeps a half-read frame over a timeout of 1 ms, but not reliably over one of 0.
_MOMENT: Final = 0.001
_GOODBYE: Final = 1.0  # seconds a polite close may take

# kombu finds a transport by the scheme of its URL, and so does Celery; the module is imported when one is asked for.
TRANSPORT_ALIASES[IN_PROCESS] = "ektp.broker.in_process:Transport"


def new_connection(
    url: str,
    *,
    heartbeat: float = HEARTBEAT,
    connect_timeout: float = CONNECT_TIMEOUT,
    io_timeout: float = IO_TIMEOUT,
    **transport_options: object,
) -> Connection:
    """Return a kombu connection that is not open yet. Times are in seconds. Raises BrokerUrlInvalid."""
    options = {"read_timeout": io_timeout, "write_timeout": io_timeout, **transport_options}
    try:
        return Connection(url, heartbeat=heartbeat, connect_timeout=connect_timeout, transport_options=options)
    except (ValueError, KeyError):
        # The cause quotes the part of the URL it stumbled over, which may be the password.
        raise BrokerUrlInvalid from None


class Link:
    """One open link to the broker; it never reconnects by itself, as kombu's own connection silently does.

    Opens at once and tries again for `patience` seconds, with pauses of at most 3 s. Every failure is raised as `lost`.
    """

    def __init__(self, connection: Connection, lost: type[LinkLost], where: str, *, patience: float = 0.0) -> None:
        self._lost, self._where = lost, where
        self.connection = connection.clone()
        with self.watched():
            self.connection.ensure_connection(
                max_retries=None if patience else max(len(connection.alt) - 1, 0),
                timeout=patience,
                interval_start=0.2,
                interval_step=0.4,
                interval_max=3.0,
            )
            self.raw: Any = self.connection.connection  # the library's own, which does not reconnect
            # py-amqp retries for ever when the kernel's timeout strikes in the middle of a frame; Python's ends it.
            if (sock := getattr(self.raw, "sock", None)) is not None:
                sock.settimeout(self.connection.transport_options["read_timeout"])

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Turn any failure of the link inside the block into `lost`; whatever is raised, the link is dropped."""
        known = (*self.connection.connection_errors, *self.connection.channel_errors, OperationalError)
        try:
            yield
        # py-amqp raises AttributeError where a link vanishes under it.
        except (*known, AttributeError) as error:
            self.abandon()
            raise self._lost(self._where, because(error)) from error
        except BaseException:
            self.abandon()
            raise

    def channel(self) -> Any:  # noqa: ANN401 - kombu's channels have no common type
        """Open a channel."""
        return self.connection.transport.create_channel(self.raw)

    def drain(self, seconds: float) -> bool:
        """Handle the next thing the broker sends within `seconds`; False when nothing came."""
        try:
            self.connection.transport.drain_events(self.raw, timeout=max(seconds, _MOMENT))
        except TimeoutError:
            return False
        return True

    def look(self) -> None:
        """Handle what the broker has sent already, without waiting."""
        with suppress(TimeoutError):
            self.raw.blocking_read(0)

    def write(self, frames: bytes, seconds: float) -> None:
        """Write whole frames within `seconds`; once some of a frame is written, a link without the rest is lost."""
        with self.raw.transport.having_timeout(min(seconds, self.connection.transport_options["write_timeout"])):
            self.raw.transport.write(frames)
        self.raw.bytes_sent += 1  # py-amqp's heartbeat check looks whether this number grows

    def beat(self) -> None:
        """Send a heartbeat if one is due; fails when the broker has been silent for two of them.

        Reads first: after a long pause the broker's own heartbeats may still wait in the socket.
        """
        self.drain(_MOMENT)
        self.connection.transport.heartbeat_check(self.raw)

    def close(self) -> None:
        """Take leave of the broker, waiting for its answer only for a moment; never raises."""
        with suppress(Exception):
            if (sock := getattr(self.raw, "sock", None)) is not None:
                sock.settimeout(_GOODBYE)
            self.connection.release()
        self.abandon()

    def abandon(self) -> None:
        """Drop the link without a word to the broker; never raises, never waits."""
        with suppress(Exception):
            self.connection.collect()


def is_missing(error: BaseException) -> bool:
    """Tell whether the broker answered that an exchange or queue does not exist."""
    return getattr(error, "reply_code", None) == NOT_FOUND
