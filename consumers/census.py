"""The counts that follow an application: where it is, whether it is overdue there, and then why it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from workflows.card_issuance import State
from workflows.deadlines import cause_at
from workflows.timers import is_overdue

if TYPE_CHECKING:
    from collections import Counter

    from consumers.books import Application

STUCK: Final = "stuck"  #: The kind of the count of what is overdue, by cause.


def follow(tallies: Counter[tuple[str, str, str]], before: Application, after: Application) -> None:
    """Count *after* in place of *before*, by office and state, in all and among the overdue; those by cause too."""
    was, now = _place(before), _place(after)
    if was == now:
        return
    for (office, state, stuck), step in ((was, -1), (now, 1)):
        if state is not State.NEW:
            tallies[office, "state", state] += step
            if stuck:
                tallies[office, "overdue", state] += step
                tallies[office, STUCK, stuck] += step


def _place(application: Application) -> tuple[str, State, str]:
    """Return office and state, and of what is overdue the cause."""
    standing, state, timers = application.standing, application.state, application.timers
    stuck = cause_at(standing, state, by_hand=timers.by_hand) if is_overdue(timers, state) else ""
    return standing.office, state, stuck
