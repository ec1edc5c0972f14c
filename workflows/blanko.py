"""What the allocator decides: which lane the next blanko goes to, when nothing is given out, and why it was whose turn.

The lanes share by weight, by the start tags of Goyal's start-time fair queueing on whole numbers. Each lane has a
*pass*, the *time* is the start tag of the last one served. A lane that waits starts at max(its pass, the time); the
least start is served (ties in the order of the lanes), becomes the time, and the lane's pass is its start and one
stride, STRIDE / weight. A lane that was empty starts at the time: it has saved nothing up, and is served at once.

The bound. Let lane i of weight w wait during k successive allocations of the sharing lanes, of which it gets n; let m
be the number of these lanes (4) and W the sum of their weights. Then

    n >= (k - (m - 2)) * w / W - 1

Proof. Let D be how far the time comes during the k, in STRIDEs. i starts at most one stride after the time at the
beginning, and at the end its pass is at or behind the time: (n + 1) / w >= D. The starts of any other lane j lie within
D and are one stride apart: it gets D * wj + 1 at most. The sum of all is k, so k <= n + (n + 1) * (W - w) / w + m - 1.
So who has p others in front in the lane (those that will overtake it too) waits for (p + 1) * W / w + m - 1 allocations
of the sharing lanes at most. What goes to `again` comes on top: three for each application at most.
"""

from collections.abc import Mapping
from datetime import date
from math import lcm
from typing import Final, NamedTuple

from workflows.print_queue import MOST_WEIGHT, SHARING, Lane, Printing, QueuePolicy

STRIDE: Final = lcm(*range(1, MOST_WEIGHT + 1))  # every weight divides it: no share is ever rounded


class Passes(NamedTuple):
    """How far the lanes of an office have come."""

    time: int = 0
    of: Mapping[str, int] = {}  # never written to


class Pick(NamedTuple):
    """One blanko goes to the next of this lane, which has so many shares of all that wait; None in front."""

    lane: Lane
    shares: tuple[int, int] | None = None


def share(passes: Passes, policy: QueuePolicy, waiting: Mapping[Lane, int], count: int) -> tuple[list[Pick], Passes]:
    """Return the lanes that so many blanko go to, in order, and how far the lanes have come then."""
    left = {lane: waiting.get(lane, 0) for lane in Lane}
    picks = [Pick(Lane.AGAIN)] * min(left[Lane.AGAIN], count)
    weights = {lane: policy.weight(lane) for lane in SHARING if left[lane]}
    time, of = passes.time, dict(passes.of)
    # A weight may have been lower when the pass was written.
    for lane, weight in weights.items():
        of[lane] = min(of.get(lane, time), time + STRIDE // weight)
    while len(picks) < count and weights:
        starts = {lane: max(of[lane], time) for lane in weights}
        lane = min(starts, key=starts.__getitem__)
        picks.append(Pick(lane, (weights[lane], sum(weights.values()))))
        time = starts[lane]
        of[lane] = time + STRIDE // weights[lane]
        left[lane] -= 1
        if not left[lane]:
            del weights[lane]
    return picks, Passes(time, of)


class Desk(NamedTuple):
    """What an office has to give out today: blanko in stock, cards left on its ribbons (None: not counted), given."""

    stock: int
    given: int
    ribbon: int | None = None


def most_today(desk: Desk, printing: Printing) -> int:
    """Return how many blanko may be given out today still."""
    limits = [limit for limit in (printing.capacity, printing.quota) if limit is not None]
    today = max(min(limits) - desk.given, 0) if limits else desk.stock
    return 0 if desk.ribbon is not None and desk.ribbon <= 0 else min(desk.stock, today)


def why_nothing(desk: Desk, printing: Printing) -> str | None:
    """Return why nothing is given out just now, None where something could be."""
    if desk.stock <= 0:
        return "no-blanko"
    if desk.ribbon is not None and desk.ribbon <= 0:
        return "no-ribbon"
    if printing.quota is not None and desk.given >= printing.quota:
        return "quota-reached"
    if printing.capacity is not None and desk.given >= printing.capacity:
        return "capacity-reached"
    return None


def because(pick: Pick, reason: str, since: date) -> str:
    """Return in words why it was this application's turn."""
    waits = f"{pick.lane}, {_OCCASIONS.get(reason, reason)}, waiting since {since}"
    if pick.shares is None:
        return f"{waits}; in front, its print failed or was voided"
    own, all_ = pick.shares
    return f"{waits}; {own} of {all_} shares"


_OCCASIONS: Final = {"first": "first card", "renewal": "renewed card"}
