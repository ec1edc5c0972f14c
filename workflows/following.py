"""How the subscribers follow: who is too far behind, and whose queue or account is not as it was registered."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final, NamedTuple

from workflows.stations import Finding
from workflows.subscriptions import Bound

BEHIND: Final = "subscriber-behind"
UNBOUND: Final = "subscriber-unbound"
NOTHING: Final = Bound((), ())
UNKNOWN: Final = "?"


class FollowingLimits(NamedTuple):
    """How many notices, or how old ones, may wait for a subscriber before it is an alert."""

    lag: int = 10_000
    age: timedelta = timedelta(minutes=30)


class Follower(NamedTuple):
    """A subscriber as it was seen at the broker; None is what the broker did not say.

    `lag` counts what was not acknowledged, `age` is how long ago the oldest of it was sent (`bounded`: or longer),
    `rate` how much it acknowledges a second; `faults` are words for what is wrong with its queue or account.
    """

    name: str
    paused: bool = False
    lag: int | None = None
    age: timedelta | None = None
    bounded: bool = False
    rate: float | None = None
    readers: int | None = None
    bound: Bound | None = None
    faults: tuple[str, ...] = ()


def following(followers: Sequence[Follower], limits: FollowingLimits) -> Iterator[Finding]:
    """Yield who is behind, and what was changed by hand."""
    for one in followers:
        late = one.age is not None and one.age >= limits.age
        if one.lag and (one.lag >= limits.lag or late):
            detail = {
                "waiting": one.lag,
                "minutes": UNKNOWN if one.age is None else int(one.age.total_seconds() // 60),
                "readers": UNKNOWN if one.readers is None else one.readers,
                "paused": one.paused,
            }
            yield Finding(BEHIND, one.name, "", "", detail)
        if wrong := list(differences(one)):
            yield Finding(UNBOUND, one.name, "", "", {"wrong": wrong})


def differences(one: Follower) -> Iterator[str]:
    """Yield what is not as it was registered, in a few words each."""
    yield from one.faults
    bound = one.bound or NOTHING
    yield from (f"binding {key} is missing" for key in bound.missing)
    yield from (f"binding {key or '(empty)'} to {exchange} is foreign" for exchange, key in bound.foreign)
