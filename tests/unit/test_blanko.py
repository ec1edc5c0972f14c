"""How lanes share: by weight, nobody starved, the same whoever asks in whatever portions."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.blanko import Desk, Passes, Pick, because, most_today, share, why_nothing
from workflows.print_queue import SHARING, Lane, Printing, QueuePolicy

EVEN = QueuePolicy()
TWO_TRACKS = QueuePolicy(weights=(("backlog", 5), ("new", 4)))
OTHERS = len(SHARING) - 2  # m - 2 of the bound

weights = st.fixed_dictionaries({lane.value: st.integers(1, 20) for lane in SHARING})
arrivals = st.lists(
    st.tuples(st.dictionaries(st.sampled_from(list(Lane)), st.integers(1, 12), max_size=3), st.integers(0, 9)),
    max_size=40,
)
Pattern = list[tuple[dict[Lane, int], int]]


class Numbers:
    """A queue that is only numbers: who comes, who was served, and who waited at each allocation."""

    def __init__(self, policy: QueuePolicy) -> None:
        self.policy, self.passes = policy, Passes()
        self.waiting: Counter[Lane] = Counter()
        self.served: list[tuple[Lane, frozenset[Lane]]] = []  # of the sharing lanes

    def live(self, pattern: Pattern) -> "Numbers":
        """Let people come and blanko be given out, in turn."""
        for coming, count in pattern:
            self.waiting.update(coming)
            self.give(count)
        return self

    def give(self, count: int) -> list[Pick]:
        """Give out so many."""
        picks, self.passes = share(self.passes, self.policy, self.waiting, count)
        for pick in picks:
            if pick.lane is not Lane.AGAIN:
                self.served.append((pick.lane, frozenset(lane for lane in SHARING if self.waiting[lane])))
            self.waiting[pick.lane] -= 1
        return picks


def least(served: list[tuple[Lane, frozenset[Lane]]], lane: Lane, share_: float) -> float:
    """Return by how much a lane fell behind its share at worst, over every stretch in which it waited."""
    behind = worst = 0.0
    for given_to, waited in served:
        if lane not in waited:
            behind = 0.0
            continue
        behind += share_ - (given_to is lane)
        worst = max(worst, behind)
        behind = max(behind, 0.0)
    return worst


@pytest.mark.slow
@settings(max_examples=3000, deadline=None)
@given(weights, arrivals)
def test_no_lane_is_starved_whatever_comes(own: Mapping[str, int], pattern: Pattern) -> None:
    """Of any k allocations during which it waits a lane gets (k - 2) * w / W - 1 at least."""
    queue = Numbers(QueuePolicy(weights=tuple(own.items()))).live(pattern)
    for lane in SHARING:
        share_ = own[lane] / sum(own.values())
        # n >= k * share - (2 * share + 1), for every stretch: so it never falls behind by more.
        assert least(queue.served, lane, share_) <= OTHERS * share_ + 1 + 1e-9


@settings(max_examples=200, deadline=None)
@given(weights, arrivals, st.sampled_from(SHARING), st.integers(0, 5))
def test_who_has_so_many_in_front_waits_so_long_at_most(
    own: Mapping[str, int], pattern: Pattern, lane: Lane, in_front: int
) -> None:
    """(p + 1) * W / w + 3 allocations, though all other lanes are full."""
    queue = Numbers(QueuePolicy(weights=tuple(own.items()))).live(pattern)
    queue.waiting = Counter(dict.fromkeys(SHARING, 2000))
    queue.waiting[lane] = in_front + 1
    most = int((in_front + 1) * sum(own.values()) / own[lane] + len(SHARING) - 1)
    queue.give(most)
    assert queue.waiting[lane] == 0


@settings(max_examples=200, deadline=None)
@given(weights, arrivals, st.lists(st.integers(1, 7), max_size=12))
def test_many_small_portions_are_one_large(own: Mapping[str, int], pattern: Pattern, portions: list[int]) -> None:
    """So it does not matter how blanko come, nor who gives them out."""
    policy = QueuePolicy(weights=tuple(own.items()))
    one, many = Numbers(policy).live(pattern), Numbers(policy).live(pattern)
    assert one.give(sum(portions)) == [pick for portion in portions for pick in many.give(portion)]
    assert one.passes == many.passes


def test_backlog_and_new_each_get_their_share() -> None:
    """Five to four, exactly, over every nine."""
    queue = Numbers(TWO_TRACKS)
    queue.waiting.update({Lane.BACKLOG: 1000, Lane.NEW: 1000})
    picks = queue.give(900)
    for at in range(0, 900, 9):
        assert Counter(pick.lane for pick in picks[at : at + 9]) == {Lane.BACKLOG: 5, Lane.NEW: 4}
    assert picks[0].shares == (4, 9)


def test_a_lane_that_was_empty_has_saved_nothing_up_and_is_served_at_once() -> None:
    """After a hundred others the urgent one is next, and then takes its turns as everybody does."""
    queue = Numbers(EVEN)
    queue.waiting.update({Lane.BACKLOG: 1000, Lane.NEW: 1000})
    queue.give(100)
    queue.waiting[Lane.URGENT] = 50
    picks = [pick.lane for pick in queue.give(30)]
    assert picks[0] is Lane.URGENT
    assert Counter(picks) == {Lane.URGENT: 11, Lane.NEW: 10, Lane.BACKLOG: 9}


def test_whose_print_failed_comes_before_all() -> None:
    """It takes no turn of the others."""
    queue = Numbers(EVEN)
    queue.waiting.update({Lane.NEW: 9, Lane.AGAIN: 2, Lane.URGENT: 1})
    assert [pick.lane for pick in queue.give(3)] == [Lane.AGAIN, Lane.AGAIN, Lane.URGENT]


def test_the_slack_of_the_bound_is_needed() -> None:
    """A heavy lane that was just served may wait until one of every other is: k * w / W - 1 alone would not hold."""
    queue = Numbers(QueuePolicy(weights=(("backlog", 1), ("in-person", 1), ("new", 20), ("urgent", 1))))
    queue.waiting[Lane.NEW] = 10
    queue.give(1)
    queue.waiting.update({Lane.BACKLOG: 1, Lane.IN_PERSON: 1, Lane.URGENT: 1})
    assert [pick.lane for pick in queue.give(4)] == [Lane.URGENT, Lane.IN_PERSON, Lane.BACKLOG, Lane.NEW]
    assert 3 * 20 / 23 - 1 > 0


def test_an_office_that_raises_a_weight_serves_the_lane_by_it_at_once() -> None:
    """What a lane owes by its old weight is forgiven but for one stride of the new."""
    queue = Numbers(QueuePolicy(weights=(("backlog", 1), ("new", 20))))
    queue.waiting.update({Lane.BACKLOG: 1000, Lane.NEW: 1000})
    queue.give(1 + 1)
    queue.policy = QueuePolicy(weights=(("backlog", 20), ("new", 20)))
    picks = Counter(pick.lane for pick in queue.give(20))
    assert picks[Lane.BACKLOG] >= 9


@pytest.mark.parametrize(
    ("desk", "printing", "most", "why"),
    [
        (Desk(0, 0), Printing(), 0, "no-blanko"),
        (Desk(9, 100), Printing(), 9, None),
        (Desk(9, 3), Printing((("a", 4), ("b", 3))), 4, None),
        (Desk(9, 7), Printing((("a", 4), ("b", 3))), 0, "capacity-reached"),
        (Desk(9, 5), Printing((("a", 4), ("b", 3)), 5), 0, "quota-reached"),
        (Desk(9, 0), Printing((("a", 4),), 0), 0, "quota-reached"),
        (Desk(9, 0, 0), Printing(), 0, "no-ribbon"),
        (Desk(9, 0, 2), Printing(), 9, None),
    ],
)
def test_nothing_is_given_out_for_a_reason(desk: Desk, printing: Printing, most: int, why: str | None) -> None:
    """No blanko, no ribbon, what the printers can do in a day, what the office set for a day."""
    assert (most_today(desk, printing), why_nothing(desk, printing)) == (most, why)


def test_the_reason_is_written_in_words() -> None:
    """Lane, occasion, since when, and how many shares; in front without any."""
    since = date(2016, 11, 2)
    assert because(Pick(Lane.BACKLOG, (3, 5)), "first", since) == (
        "backlog, first card, waiting since 2016-11-02; 3 of 5 shares"
    )
    assert because(Pick(Lane.AGAIN), "lost", since) == (
        "again, lost, waiting since 2016-11-02; in front, its print failed or was voided"
    )
