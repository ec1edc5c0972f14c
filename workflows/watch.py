"""The general watch: what is the matter with the pipeline itself, told from what was seen of it at one moment."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final, NamedTuple

from workflows.alert_rules import (
    BEAT,
    CALENDAR,
    CONSUMER,
    DRIFT,
    GENERAL_RULES,
    HELD,
    LOW,
    OUTBOX,
    PARKED,
    QUEUE,
    STEPS,
    STUCK,
    UNHELD,
    VISITS,
)
from workflows.alerts_of_messages import Carried, LateMessages, found_in
from workflows.card_issuance import State
from workflows.deadlines import Policy, Situation, plan, situation_of
from workflows.following import BEHIND, UNBOUND, Follower, FollowingLimits, following
from workflows.owners import owner
from workflows.standing import Standing
from workflows.stations import Finding

ANY_TIME: Final = 99  #: More escalations than there are people.
NAMED: Final = 5  #: Of so many things that differ each is named.
OF_QUEUES: Final = (QUEUE, CONSUMER)
OF_SUBSCRIBERS: Final = (BEHIND, UNBOUND)
OF_A_LOOK: Final = tuple(rule for rule in GENERAL_RULES if rule != DRIFT)


class Limits(NamedTuple):
    """From when on something is worth an alert; `calendar` is how far ahead the holidays should be decreed."""

    outbox: timedelta = timedelta(minutes=5)
    queue: int = 10_000
    steps: timedelta = timedelta(minutes=2)
    beat: timedelta = timedelta(minutes=2)
    parked: timedelta = timedelta(days=7)
    calendar: timedelta = timedelta(days=60)
    bounced: int = 10  #: Messages to residents in a hundred that may come back.
    following: FollowingLimits = FollowingLimits()


class Overdue(NamedTuple):
    """So many overdue applications of an office that its clocks see alike."""

    office: str
    state: str
    standing: Standing
    by_hand: bool
    passed: int
    escalated: int
    number: int
    oldest: datetime


class Held(NamedTuple):
    """So many events of an office that wait for the same kind of predecessor, and whose patience is over."""

    office: str
    waits_for: str
    number: int
    oldest: datetime


class Cause(NamedTuple):
    """The open parked items of one reason and sender; `before` is when the last one came before the oldest of them."""

    reason: str
    station: str
    office: str
    open: int
    oldest: datetime
    before: datetime | None


class Low(NamedTuple):
    """What an office has too little of."""

    office: str
    what: str
    since: datetime
    left: int


class Depth(NamedTuple):
    """A queue of the broker: what waits in it, who reads it, whether it needs a reader, and how many may wait."""

    queue: str
    ready: int
    consumers: int
    needed: bool = True
    most: int | None = None  #: None: as the limits say.


class Late(NamedTuple):
    """The steps that should have run by now: by kind, and by how long the oldest is late."""

    by_kind: Mapping[str, int]
    oldest: timedelta


class Seen(NamedTuple):
    """Everything that one look has read. What could not be asked is None: nothing is said of it, and nothing resolved.

    `known` are the rule and thing of the alerts that are open, `estimated` the first days of years not yet decreed,
    `outbox` how many letters wait and for how long, `beat` for how long nothing was scheduled (None: never was).
    """

    now: datetime
    known: frozenset[tuple[str, str]] = frozenset()
    overdue: tuple[Overdue, ...] | None = None
    held: tuple[Held, ...] = ()
    parked: tuple[Cause, ...] = ()
    low: tuple[Low, ...] = ()
    outbox: tuple[int, timedelta] = (0, timedelta())
    queues: tuple[Depth, ...] | None = None
    estimated: tuple[date, ...] = ()
    late: Late = Late({}, timedelta())
    beat: timedelta | None = None
    messages: tuple[LateMessages, ...] = ()
    gateways: tuple[Carried, ...] = ()
    subscribers: tuple[Follower, ...] | None = None
    visits: tuple[tuple[str, int], ...] = ()  #: Offices with people who cannot be visited in time.
    unheld: tuple[tuple[str, int, date], ...] = ()  #: Offices, visits of which nothing was said, since.


class Drift(NamedTuple):
    """A count that is not what is there."""

    name: str
    tallied: int
    counted: int


def judged(seen: Seen) -> tuple[str, ...]:
    """Return the rules that this look can say something about."""
    unknown = {*(OF_QUEUES if seen.queues is None else ()), *((STUCK,) if seen.overdue is None else ())}
    unknown |= {*(OF_SUBSCRIBERS if seen.subscribers is None else ())}
    unknown |= {*((UNBOUND,) if any(one.bound is None and not one.faults for one in seen.subscribers or ()) else ())}
    return tuple(rule for rule in OF_A_LOOK if rule not in unknown)


def found(seen: Seen, policy: Callable[[str], Policy], limits: Limits) -> Iterator[Finding]:
    """Yield what is the matter; `policy` is an office's."""
    yield from _stuck(seen, policy)
    yield from _held(seen)
    yield from _parked(seen, limits)
    for low in seen.low:
        detail = {"what": low.what, "since": low.since.isoformat(), "left": low.left}
        yield Finding(LOW, f"{low.office}/{low.what}", "", low.office, detail)
    pending, age = seen.outbox
    if age >= limits.outbox:
        yield Finding(OUTBOX, "outbox", "", "", {"pending": pending, "seconds": int(age.total_seconds())})
    yield from _queues(seen, limits)
    for first in seen.estimated:
        yield Finding(CALENDAR, str(first.year), "", "", {"first": first.isoformat()})
    if seen.late.by_kind and seen.late.oldest >= limits.steps:
        late, kinds = sum(seen.late.by_kind.values()), [f"{kind} {n}" for kind, n in sorted(seen.late.by_kind.items())]
        detail = {"late": late, "seconds": int(seen.late.oldest.total_seconds()), "kinds": kinds}
        yield Finding(STEPS, "steps", "", "", detail)
    yield from following(seen.subscribers or (), limits.following)
    for office, people in seen.visits:
        yield Finding(VISITS, office, "", office, {"people": people})
    for office, visits, day in seen.unheld:
        yield Finding(UNHELD, office, "", office, {"visits": visits, "day": day.isoformat()})
    if seen.beat is not None and seen.beat >= limits.beat:
        yield Finding(BEAT, "beat", "", "", {"seconds": int(seen.beat.total_seconds())})
    yield from found_in(seen.messages, seen.gateways, limits.bounced)


def drifted(drifts: tuple[Drift, ...]) -> Iterator[Finding]:
    """Yield that counts are not what is there."""
    if drifts:
        examples = [f"{one.name}: tallied {one.tallied}, counted {one.counted}" for one in drifts[:NAMED]]
        yield Finding(DRIFT, "tallies", "", "", {"different": len(drifts), "examples": examples})


def is_at_its_end(one: Overdue, policy: Policy) -> bool:
    """Tell whether every deadline of its situation has passed, and the one that comes again, once more.

    Under review it is when also the last person of the ladder has let a term pass.
    """
    situation = situation_of(one.standing, State(one.state), by_hand=one.by_hand)
    if situation is None:
        return False
    if situation is Situation.UNDER_REVIEW:
        last = owner(one.office, ANY_TIME, policy)
        return one.escalated > 0 and owner(one.office, one.escalated - 1, policy) == last
    deadlines = plan(situation, policy)
    return one.passed >= len(deadlines) + (deadlines[-1].every is not None)


def _stuck(seen: Seen, policy: Callable[[str], Policy]) -> Iterator[Finding]:
    ended = [one for one in seen.overdue or () if is_at_its_end(one, policy(one.office))]
    ended.sort(key=lambda one: (one.office, one.state))
    for office, ones in groupby(ended, key=lambda one: one.office):
        groups = list(ones)
        counts: dict[str, int] = {}
        for one in groups:
            counts[one.state] = counts.get(one.state, 0) + one.number
        yield Finding(STUCK, office, "", office, {
            "count": sum(counts.values()),
            "oldest": min(one.oldest for one in groups).isoformat(),
            "situations": [f"{state} {count}" for state, count in counts.items()],
        })  # fmt: skip


def _held(seen: Seen) -> Iterator[Finding]:
    for office, ones in groupby(sorted(seen.held), key=lambda one: one.office):
        groups = list(ones)
        yield Finding(HELD, office or "unknown", "", office, {
            "count": sum(one.number for one in groups),
            "oldest": min(one.oldest for one in groups).isoformat(),
            "causes": [f"{one.waits_for} {one.number}" for one in groups],
        })  # fmt: skip


def _parked(seen: Seen, limits: Limits) -> Iterator[Finding]:
    """Tell of a cause of which nothing had come for so long before; the alert lasts until none of it is open."""
    for one in seen.parked:
        about = f"{one.reason}/{one.station or 'unknown'}"
        quiet = one.before is None or one.oldest - one.before >= limits.parked
        new = quiet and seen.now - one.oldest < limits.parked
        if new or (PARKED, about) in seen.known:
            detail = {"open": one.open, "oldest": one.oldest.isoformat(), "reason": one.reason,
                      "station": one.station or "unknown"}  # fmt: skip
            yield Finding(PARKED, about, one.station, one.office, detail)


def _queues(seen: Seen, limits: Limits) -> Iterator[Finding]:
    for one in seen.queues or ():
        most = limits.queue if one.most is None else one.most
        if one.ready > most:
            yield Finding(QUEUE, one.queue, "", "", {"ready": one.ready, "most": most})
        if one.needed and not one.consumers:
            yield Finding(CONSUMER, one.queue, "", "", {"ready": one.ready})
