"""Where an application waits: its lane, its place in it, and who can still come before it."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.print_queue import HEAD_START, SUKET, Lane, Place, QueuePolicy, head_start, lane_of, place_of
from workflows.standing import Standing, Turn

DAY: Final = date(2017, 3, 1)
SPOILED: Final = Turn(1, "KTP-1", failed=True)
PLAIN: Final = Standing(1, "33.74.10", verified=True)
POLICY: Final = QueuePolicy(backlog_before=date(2018, 1, 1))
RECORDED: Final = datetime(2017, 3, 1, 3, tzinfo=UTC)

waiting = st.tuples(st.integers(0, 400), st.sampled_from(sorted(set(HEAD_START) - {SUKET})), st.booleans())


def test_the_lane_follows_from_the_facts() -> None:
    """In front is whose print failed, three times at most; then who is urgent, came in person, was recorded before."""
    urgent = PLAIN._replace(urgent=True, came_in_person=True)
    assert lane_of(PLAIN, DAY, QueuePolicy()) is Lane.NEW
    assert lane_of(PLAIN, DAY, POLICY) is Lane.BACKLOG
    assert lane_of(PLAIN, date(2018, 1, 1), POLICY) is Lane.NEW
    assert lane_of(PLAIN._replace(came_in_person=True), DAY, POLICY) is Lane.IN_PERSON
    assert lane_of(urgent, DAY, POLICY) is Lane.URGENT
    assert lane_of(urgent._replace(turns=(SPOILED,) * 3), DAY, POLICY) is Lane.AGAIN
    assert lane_of(urgent._replace(turns=(SPOILED,) * 4), DAY, POLICY) is Lane.URGENT


def test_a_first_card_and_a_suket_have_a_head_start() -> None:
    """The longer one, and as the office sets it."""
    lost = PLAIN._replace(reason="lost")
    own = QueuePolicy(head_start=(("lost", 40),))
    assert head_start(PLAIN, POLICY, suket=False) == timedelta(days=30)
    assert head_start(lost, POLICY, suket=False) == timedelta(days=10)
    assert head_start(lost, POLICY, suket=True) == timedelta(days=20)
    assert head_start(lost, own, suket=True) == timedelta(days=40)
    place = place_of(Place("33.74"), lost, RECORDED, DAY, POLICY, suket=False)
    assert place == Place("33.74", Lane.BACKLOG, RECORDED - timedelta(days=10))


@settings(max_examples=300, deadline=None)
@given(waiting, waiting)
def test_nobody_is_overtaken_by_who_came_much_later(
    earlier: tuple[int, str, bool], later: tuple[int, str, bool]
) -> None:
    """Within a lane only by those recorded less than the longest head start after them."""
    places = [
        place_of(
            Place("33.74"), PLAIN._replace(reason=reason), RECORDED + timedelta(days=days), DAY, POLICY, suket=suket
        )
        for days, reason, suket in (earlier, later)
    ]
    ahead, behind = (place.queued for place in places)
    assert ahead is not None
    assert behind is not None
    if later[0] - earlier[0] >= max(HEAD_START.values()):
        assert ahead <= behind


def test_who_is_married_need_not_wait_for_the_birthday() -> None:
    """The place tells the day for all others that were younger than seventeen."""
    young = PLAIN._replace(not_before=date(2018, 5, 1))
    assert place_of(Place("33.74"), young, RECORDED, DAY, POLICY, suket=False).not_before == date(2018, 5, 1)
    married = young._replace(married=True)
    assert place_of(Place("33.74"), married, RECORDED, DAY, POLICY, suket=False).not_before is None
