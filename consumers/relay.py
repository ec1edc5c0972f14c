"""The relay: carries what the journal wrote into the outbox to the broker, in order per application."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import structlog

from consumers.errors import PublisherLost, StoreAway
from consumers.failpoints import failpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from uuid import UUID

    from consumers.ports import Letter, Publisher

log = structlog.get_logger()
_FETCH: Final = 1000
_LEASE: Final = 15.0


@dataclass(frozen=True, slots=True)
class Lease:
    """The hash slots this relay may send for, each with the epoch that fences off a slower self."""

    epochs: Mapping[int, int]

    @property
    def slots(self) -> list[int]:
        """Return the slots in order."""
        return sorted(self.epochs)


class Pending(NamedTuple):
    """One letter that waits in the outbox; letters of one application leave in the order of `seq`."""

    seq: int
    application: UUID
    letter: Letter


class Outbox(Protocol):
    """The outbox as the relay sees it; raises StoreAway."""

    def lease(self, seconds: float) -> Lease:
        """Renew this relay's slots, take free ones up to a fair share, give surplus back."""

    def pending(self, lease: Lease, most: int) -> Sequence[Pending]:
        """Return the oldest unsent letters of the leased slots."""

    def sent(self, lease: Lease, routed: Mapping[int, bool]) -> int:
        """Mark letters (by seq) as sent, where the epoch still holds; return how many were."""

    def wait(self, seconds: float) -> None:
        """Sleep until the journal says that something was written, or `seconds` have passed."""

    def release(self) -> None:
        """Give all slots back at once."""


class Relay:
    """Publish with confirms; a letter stays in the outbox until the broker has it.

    Never are two unconfirmed letters of one application in flight: so first deliveries are in order, and what is sent
    again after a crash has the same id.
    """

    def __init__(
        self, outbox: Outbox, open_publisher: Callable[[], Publisher], *, poll: float = 1.0, lease: float = _LEASE
    ) -> None:
        self._outbox = outbox
        self._open_publisher = open_publisher
        self._publisher: Publisher | None = None
        self._poll = poll
        self._lease_seconds = lease
        self._lease = Lease({})
        self._lease_ends = 0.0
        self._stopping = False
        self.ready = False

    def stop(self) -> None:
        """Let `run` return after the letters in flight."""
        self._stopping = True

    def run(self) -> None:
        """Relay until stopped; a lost store or broker is waited for, nothing is lost by it."""
        pause = 0.1
        while not self._stopping:
            try:
                sent = self.run_once()
                self.ready, pause = True, 0.1
                if not sent:
                    self._outbox.wait(self._poll)
            except (StoreAway, PublisherLost) as lost:
                self.ready = False
                log.warning("relay-waits", because=str(lost))
                self._close_publisher()
                self._lease_ends = 0.0
                time.sleep(pause)
                pause = min(pause * 2, 2.0)
        self._close_publisher()
        try:
            self._outbox.release()
        except StoreAway:
            log.info("relay-slots-not-released", until=self._lease_seconds)

    def run_once(self) -> int:
        """Send what is pending now, up to a bound; return how many letters the broker confirmed."""
        self._renew()
        pending = self._outbox.pending(self._lease, _FETCH) if self._lease.epochs else ()
        if not pending:
            return 0
        started = time.monotonic()
        routed: dict[int, bool] = {}
        for wave in _waves(pending, routed):
            if time.monotonic() > self._lease_ends:
                break
            failpoint("relay-before-publish")
            confirmed = self._publish(wave)
            failpoint("relay-after-publish")
            done = {one.seq: confirmed[one.letter.id] for one in wave if one.letter.id in confirmed}
            if done:
                # At once: what is confirmed and not marked is sent again after a crash.
                self._outbox.sent(self._lease, done)
                failpoint("relay-after-mark")
                routed.update(done)
        unrouted = sum(not was for was in routed.values())
        milliseconds = round((time.monotonic() - started) * 1000)
        log.info("relayed", letters=len(routed), unrouted=unrouted, unconfirmed=len(pending) - len(routed),
                 milliseconds=milliseconds)  # fmt: skip
        if not routed:
            raise PublisherLost("relay", "the broker confirmed nothing")
        return len(routed)

    def _renew(self) -> None:
        now = time.monotonic()
        if now + self._lease_seconds * 2 / 3 > self._lease_ends:
            self._lease = self._outbox.lease(self._lease_seconds)
            # Our clock starts before the database's did: we stop before the lease has run out.
            self._lease_ends = now + self._lease_seconds * 0.8

    def _publish(self, wave: Sequence[Pending]) -> Mapping[UUID, bool]:
        if self._publisher is None:
            self._publisher = self._open_publisher()
        return self._publisher.publish([one.letter for one in wave])

    def _close_publisher(self) -> None:
        if self._publisher is not None:
            self._publisher.close()
            self._publisher = None


def _waves(pending: Sequence[Pending], routed: Mapping[int, bool]) -> Iterator[list[Pending]]:
    """Yield the letters in waves: in each at most one of an application, and none after an unconfirmed one."""
    rest = list(pending)
    while rest:
        wave: dict[UUID, Pending] = {}
        later: list[Pending] = []
        for one in rest:
            if one.application in wave:
                later.append(one)
            else:
                wave[one.application] = one
        yield list(wave.values())
        stuck = {one.application for one in wave.values() if one.seq not in routed}
        rest = [one for one in later if one.application not in stuck]
