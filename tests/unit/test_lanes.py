"""Whose turn it is, and how much of the late queue comes together: live must not wait long for either."""

from consumers.lanes import Lane, Turns
from tests.fake_broker import FakeBroker, FakeClock


def test_an_empty_late_queue_gathers_no_debt() -> None:
    """A backlog that comes after hours of silence gets its tenth, not all the time at once."""
    turns = Turns()
    for _ in range(1000):
        turns.live_took(60)
        assert turns.late_is_owed
        turns.late_was_empty()
    assert not turns.late_is_owed
    turns.late_took(3600)
    turns.live_took(1)
    assert turns.late_is_owed


def test_what_late_is_owed_keeps_live_waiting_for_half_a_second_at_most() -> None:
    """Also after an hour in which the store was away."""
    turns = Turns()
    turns.live_took(3600)
    waited = 0.0
    while turns.late_is_owed:
        turns.late_took(0.05)
        waited += 0.05
    assert waited < 0.6


def lane_of(messages: int, longest: float | None) -> Lane:
    """Return a lane on a full queue that reads in batches already."""
    broker = FakeBroker(FakeClock())
    broker.put("a queue", *[b"{}"] * messages)
    lane = Lane("a queue", broker.open_source, 500, 500, longest)
    lane.open()
    lane.settle(lane.read(0)[-1])
    return lane


def batches(lane: Lane, each: float, count: int = 6) -> list[int]:
    """Return the sizes of so many batches of which each message takes so many seconds."""
    sizes = []
    for _ in range(count):
        messages = lane.read(0)
        lane.settle(messages[-1])
        lane.took(len(messages), len(messages) * each)
        sizes.append(len(messages))
    return sizes


def test_a_batch_of_a_lane_that_must_not_take_long_fits_the_time() -> None:
    """Larger step by step, smaller at once when the store is slow, and never so small that all is overhead."""
    lane = lane_of(10_000, 0.25)
    assert batches(lane, 0.001) == [50, 100, 200, 200, 200, 200]
    assert batches(lane, 0.0001) == [200, 400, 500, 500, 500, 500]
    assert batches(lane, 0.001) == [500, *[250] * 5]
    assert batches(lane, 0.1, 3) == [250, 50, 50]
    assert batches(lane_of(10_000, None), 0.001) == [500] * 6
