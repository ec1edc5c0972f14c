"""The counts that follow an application: where it is, and whether it is overdue there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.card_issuance import State
from workflows.clock import is_overdue

if TYPE_CHECKING:
    from collections import Counter

    from consumers.books import Application


def follow(tallies: Counter[tuple[str, str, str]], before: Application, after: Application) -> None:
    """Count *after* in place of *before*, by office and state, in all and among the overdue."""
    was, now = _place(before), _place(after)
    if was == now:
        return
    for (office, state, overdue), step in ((was, -1), (now, 1)):
        if state is not State.NEW:
            tallies[office, "state", state] += step
            if overdue:
                tallies[office, "overdue", state] += step


def _place(application: Application) -> tuple[str, State, bool]:
    return application.standing.office, application.state, is_overdue(application.timers, application.state)
