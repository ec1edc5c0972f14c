"""What a repair may do and how fast: states, results, the ramp, when it stops by itself, what needs a second person."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from schemas.json_patch import Operation, Pointer, same, touches
from schemas.reasons import Reason
from workflows.fingerprints import is_same_failure

#: How many items each round takes; the last number is that of all further ones.
RAMP: Final = (1, 5, 20, 100, 500)
THRESHOLD: Final = 0.2  # the part of a round that may fail again
RATE: Final = 2000  # items a second at the most
APPROVAL_ABOVE: Final = 20  # items that one person may repair alone
MOST: Final = 100_000  # items of one repair
NIK: Final[Pointer] = ("data", "nik")
NIK_CORRECTED: Final = "a NIK is corrected"
NOT_ALLOWED: Final = "it takes in what its sender was not allowed to say"
#: What tells one event from every other: a correction of them would be another event.
LOCKED: Final[tuple[Pointer, ...]] = (("id",), ("source",), ("type",), ("subject",))


class RepairState(StrEnum):
    """Where a repair stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    DONE = "done"


class ItemState(StrEnum):
    """What became of one item; each ends in exactly one of those after `waiting`."""

    WAITING = "waiting"
    FIXED = "fixed"
    FAILED_SAME = "failed-same"
    FAILED_NEW = "failed-new"
    SUPERSEDED = "superseded"
    SKIPPED = "skipped"


class Round(NamedTuple):
    """How a round goes: its place in the ramp, how many items were tried in it, how many of them failed again."""

    ramp: int
    tried: int
    failed: int

    @property
    def size(self) -> int:
        """How many it takes."""
        return RAMP[min(self.ramp, len(RAMP) - 1)]

    @property
    def left(self) -> int:
        """How many it still takes."""
        return max(0, self.size - self.tried)

    def is_too_bad(self, threshold: float) -> bool:
        """Tell whether more failed than may, if it is over, or will have at its end whatever comes."""
        return self.failed > threshold * (self.size if self.left else self.tried)


def became(outcome: str, before: tuple[str, str], after: tuple[str, str] | None) -> ItemState:
    """Return what an item has become by the journal's *outcome*.

    `before` is its reason and detail until then, `after` those of the new failure, None where it did not fail.
    """
    match outcome:
        case "applied" | "held":
            return ItemState.FIXED
        case "parked":
            alike = after is not None and is_same_failure(before, after)
            return ItemState.FAILED_SAME if alike else ItemState.FAILED_NEW
        case _:  # a late fact, or one that came in by another way meanwhile
            return ItemState.SUPERSEDED


def locked_by(operations: tuple[Operation, ...], *, many: bool) -> str | None:
    """Return why a patch may not be used because of the fields it changes, None where it may."""
    written = [place for operation in operations for place in operation.writes]
    if any(not place for place in written):
        return "a patch corrects fields, never the whole event"
    for locked in LOCKED:
        if any(touches(place, locked) for place in written):
            return f"{locked[0]} is locked: with another it would be another event"
    if any(one.source is not None and touches(one.source, NIK) for one in operations):
        return "a NIK is neither moved nor copied"
    if many and any(touches(place, NIK) for place in written):
        return "a NIK is corrected one item at a time"
    return None


def changed_locks(before: object, after: object) -> str | None:
    """Return the name of a locked field that two versions of an event do not share, None where there is none."""
    for place in LOCKED:
        if not same(_at(before, place), _at(after, place)):
            return place[-1]
    return None


def changes_nik(before: object, after: object) -> bool:
    """Tell whether the NIK is another one."""
    return not same(_at(before, NIK), _at(after, NIK))


def second_person(items: int, above: int, *, nik: bool, reasons: frozenset[str]) -> Iterator[str]:
    """Yield why one person alone may not do it."""
    if items > above:
        yield f"it is about {items} items, and one person alone may repair {above}"
    if nik:
        yield NIK_CORRECTED
    if Reason.SENDER_NOT_ALLOWED in reasons:
        yield NOT_ALLOWED


def _at(document: object, place: Pointer) -> object:
    for token in place:
        document = document.get(token) if isinstance(document, dict) else None
    return document
