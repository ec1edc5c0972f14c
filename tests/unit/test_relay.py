"""The relay over a hand-written outbox and publisher: order, confirms, and what is sent again."""

from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

import pytest

from consumers.errors import PublisherLost
from consumers.ports import Letter
from consumers.relay import Lease, Pending, Relay

ONE, OTHER = UUID(int=1), UUID(int=2)


class PaperOutbox:
    """An outbox on paper: `rows` still wait, `done` were marked as sent."""

    def __init__(self, *applications: UUID) -> None:
        self.rows = [
            Pending(seq, application, Letter(uuid4(), "ektp.notices", "k", str(seq).encode()))
            for seq, application in enumerate(applications, start=1)
        ]
        self.done: dict[int, bool] = {}
        self.leases = 0

    def lease(self, seconds: float) -> Lease:
        """Give everything."""
        assert seconds > 0
        self.leases += 1
        return Lease({0: 1})

    def pending(self, lease: Lease, most: int) -> Sequence[Pending]:
        """Return what waits."""
        assert lease.slots == [0]
        return [row for row in self.rows if row.seq not in self.done][:most]

    def sent(self, lease: Lease, routed: Mapping[int, bool]) -> int:
        """Mark."""
        assert lease.epochs == {0: 1}
        self.done.update(routed)
        return len(routed)

    def wait(self, seconds: float) -> None:
        """Not needed here."""
        raise AssertionError(seconds)

    def release(self) -> None:
        """Nothing is leased."""


class Wire:
    """A publisher that remembers each call; `lost` letters are never confirmed, `unheard` ones are not routed."""

    def __init__(self) -> None:
        self.calls: list[list[bytes]] = []
        self.lost: set[bytes] = set()
        self.unheard: set[bytes] = set()
        self.closed = 0

    def publish(self, letters: Sequence[Letter]) -> Mapping[UUID, bool]:
        """Confirm what is not lost."""
        self.calls.append([letter.body for letter in letters])
        return {letter.id: letter.body not in self.unheard for letter in letters if letter.body not in self.lost}

    def close(self) -> None:
        """Count."""
        self.closed += 1


def test_letters_of_one_application_leave_one_after_the_other_and_of_many_together() -> None:
    """Each wave holds at most one letter of an application."""
    outbox, wire = PaperOutbox(ONE, ONE, OTHER, ONE), Wire()
    assert Relay(outbox, lambda: wire).run_once() == 4
    assert wire.calls == [[b"1", b"3"], [b"2"], [b"4"]]
    assert outbox.done == {1: True, 2: True, 3: True, 4: True}


def test_nothing_of_an_application_leaves_after_an_unconfirmed_letter() -> None:
    """The second letter may not overtake the first; others go on."""
    outbox, wire = PaperOutbox(ONE, ONE, OTHER, OTHER), Wire()
    wire.lost = {b"1"}
    relay = Relay(outbox, lambda: wire)
    assert relay.run_once() == 2
    assert wire.calls == [[b"1", b"3"], [b"4"]]
    wire.lost = set()
    assert relay.run_once() == 2
    assert wire.calls[2:] == [[b"1"], [b"2"]]


def test_a_notice_nobody_listens_to_is_done_and_counted() -> None:
    """Unrouted is an answer: the letter does not wait for a listener."""
    outbox, wire = PaperOutbox(ONE), Wire()
    wire.unheard = {b"1"}
    Relay(outbox, lambda: wire).run_once()
    assert outbox.done == {1: False}


def test_a_broker_that_confirms_nothing_is_a_lost_broker() -> None:
    """Otherwise the relay would publish the same letters again and again without a pause."""
    outbox, wire = PaperOutbox(ONE), Wire()
    wire.lost = {b"1"}
    with pytest.raises(PublisherLost):
        Relay(outbox, lambda: wire).run_once()
    assert not outbox.done


def test_an_empty_outbox_needs_no_publisher() -> None:
    """A relay without work does not connect to the broker."""

    def refuse() -> Wire:
        raise AssertionError

    assert Relay(PaperOutbox(), refuse).run_once() == 0


def test_the_lease_is_renewed_only_when_a_third_of_it_is_gone() -> None:
    """The slots are not asked for before every letter."""
    outbox, wire = PaperOutbox(ONE), Wire()
    relay = Relay(outbox, lambda: wire)
    for _ in range(5):
        relay.run_once()
    assert outbox.leases == 1
