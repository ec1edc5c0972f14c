"""What the clocks of one application know, what is due next, and which declared stops they leave out."""

from datetime import datetime
from typing import Final, NamedTuple

from workflows.card_issuance import END_STATES, State
from workflows.remedies import Then
from workflows.standing import Standing

PRINTED_OR_OVER: Final = frozenset({State.PRINTED, State.COLLECTED, State.CANCELLED})


class Outage(NamedTuple):
    """A declared stop of an office or of the centre; without an end it goes on."""

    subject: str
    begins: datetime
    ends: datetime | None


class Timers(NamedTuple):
    """What the clocks of one application know; times in millionths of a working day of its office.

    `since` is when the situation began, `passed` how many of its deadlines have passed, `moment` the last change up to
    which `waited` (by party) and `stopped` (by what) are counted: the parties' times sum to `gross` exactly.
    `letter` is until when the suket in force is valid, `withheld` how often one was due and withheld in this situation,
    `spoiled` how many prints had failed when the resident last came in person.
    """

    since: datetime
    moment: datetime
    passed: int = 0
    postponed: datetime | None = None
    by_hand: bool = False
    missed: bool = False
    escalated: int = 0
    gross: int = 0
    waited: tuple[tuple[str, int], ...] = ()
    stopped: tuple[tuple[str, int], ...] = ()
    letter: datetime | None = None
    withheld: int = 0
    spoiled: int = 0


class Due(NamedTuple):
    """What comes next, when, and what the system does then."""

    deadline: str
    at: datetime
    then: Then


class View(NamedTuple):
    """An application as its clocks look at it: with its state, and `recorded`, when the promise was given."""

    standing: Standing
    state: State
    recorded: datetime


def is_overdue(timers: Timers, state: State) -> bool:
    """Tell whether a deadline of its situation has passed, or the promise while no card is printed."""
    if state in END_STATES:
        return False
    return timers.passed > 0 or (timers.missed and state not in PRINTED_OR_OVER)
