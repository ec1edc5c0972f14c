"""Whose turn it is: live first, and a tenth of the time for late."""

from consumers.lanes import Turns


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
