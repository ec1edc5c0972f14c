"""The steps that keep house: what nobody waits for and everybody would miss."""

from datetime import timedelta
from typing import Final

from workflows.ports import Allocations, Deadlines, Ended, Letters, Printers, Tallies, Waiting
from workflows.steps.step import Done, Remark

HELD_FOR_LONG: Final = timedelta(days=14)  # the predecessor of a true event should have come by then
UNSENT_FOR_LONG: Final = timedelta(minutes=1)
REMEMBERED: Final = timedelta(days=1)  # longer than any slot


def fold_tallies(tallies: Tallies) -> Done:
    """Merge the counts' differences, so that reading them stays quick."""
    tallies.fold()
    return Done()


def wake_held(waiting: Waiting) -> Done:
    """Take in what a crash left waiting for a NIK that is free, and tell what has waited for very long."""
    waiting.wake()
    counts = waiting.longer_than(HELD_FOR_LONG)
    return Done(remarks=tuple(
        Remark("held-for-long", {"waits_for": waits_for, "events": events, "days": HELD_FOR_LONG.days})
        for waits_for, events in sorted(counts.items())
    ))  # fmt: skip


def watch_outbox(letters: Letters) -> Done:
    """Tell when letters do not leave, and wake the relays."""
    age = letters.oldest_age()
    if age < UNSENT_FOR_LONG:
        return Done()
    letters.wake_relays()
    return Done(remarks=(Remark("letters-do-not-leave", {"oldest_age": int(age.total_seconds())}),))


def sweep_deadlines(deadlines: Deadlines) -> Done:
    """Say of everything that is due that its time has come."""
    deadlines.sweep()
    return Done()


def allocate(allocations: Allocations) -> Done:
    """Give out the blanko that lie ready."""
    allocations.allocate()
    return Done()


def watch_printers(printers: Printers) -> Done:
    """Tell which printers spoil too many blanko."""
    return Done(remarks=tuple(
        Remark("printer-fails", {"office": office, "printer": printer, "failures": failures})
        for office, printer, failures in printers.failing()
    ))  # fmt: skip


def forget_housekeeping(ended: Ended) -> Done:
    """Delete the housekeeping of the days before; its keys are not needed once their slots are over."""
    ended.forget(REMEMBERED)
    return Done()
