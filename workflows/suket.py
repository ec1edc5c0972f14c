"""The suket: the letter that bridges the time until the card. When one is due, how long it holds, what takes it back.

Nobody is given a first one while a blanko lies free where their card would be printed: that is an alarm, and it is
looked at again the next working day. Who has one keeps one, whatever keeps the printers from their card.
"""

from calendar import monthrange
from datetime import datetime, timedelta
from typing import Final

from workflows.card_issuance import State
from workflows.facts import Fact, Kind
from workflows.standing import Standing
from workflows.timers import Due, Timers

#: The deadlines: none is in force and one is due; the one in force is about to end; one was due and blanko lay free.
FIRST: Final = "suket"
ENDS: Final = "suket-ends"
WITHHELD: Final = "suket-withheld"
CAME_IN_PERSON: Final = "came-in-person"
RENEWED: Final = "renewed"
RENEWED_BEFORE: Final = timedelta(days=14)
_MONTHS: Final = 6
_AFTER_A_FAILED_PRINT: Final = 1  # working day, for somebody who came for the card and gave the letter back
_CODE: Final = "471.13"  # the archive's code of letters about residents


def failed_prints(standing: Standing) -> int:
    """Return how many blanko were spoiled for the application."""
    return sum(turn.failed for turn in standing.turns)


def next_letter(timers: Timers, standing: Standing, usual: int | None) -> tuple[str, datetime, int] | None:
    """Return which letter comes next, and how many working days after which moment; of somebody who has no card yet.

    *usual* is the office's rule. Who came in person is about to get the card: only a print that fails after that makes
    a letter due. Each time one was withheld is a day more.
    """
    if usual is None:
        return None
    if timers.letter is not None:
        return ENDS, timers.letter - RENEWED_BEFORE, 0
    if standing.came_in_person:
        if failed_prints(standing) <= timers.spoiled:
            return None
        usual = _AFTER_A_FAILED_PRINT
    return FIRST, timers.since, usual + timers.withheld


def valid_until(issued: datetime) -> datetime:
    """Return the moment six months later; in a month that is too short its last day."""
    years, month = divmod(issued.month - 1 + _MONTHS, 12)
    year, month = issued.year + years, month + 1
    return issued.replace(year=year, month=month, day=min(issued.day, monthrange(year, month)[1]))


def is_said(fact: Fact, due: Due, now: datetime) -> bool:
    """Tell whether *fact* says that just this is due, and of a letter no longer time than it may hold."""
    if fact.kind is Kind.SUKET_ISSUED:
        return due.deadline == fact.deadline and fact.until is not None and now < fact.until <= valid_until(now)
    if fact.deadline == WITHHELD:
        return due.deadline == FIRST
    return (due.deadline, due.then) == (fact.deadline, fact.then)


def taken_back(kind: Kind, after: State) -> str | None:
    """Return why a letter is void after a fact of this kind, None where it goes on."""
    if kind is Kind.PRINT_REQUESTED:
        return CAME_IN_PERSON
    return after.value if after in (State.COLLECTED, State.CANCELLED) else None


def bridged(timers: Timers, fact: Fact, standing: Standing, after: State) -> Timers:
    """Return the clocks with what *fact* means for the letter."""
    if fact.kind is Kind.SUKET_ISSUED:
        return timers._replace(letter=fact.until, withheld=0)
    if fact.deadline == WITHHELD:
        return timers._replace(withheld=timers.withheld + 1)
    if fact.kind is Kind.PRINT_REQUESTED:
        timers = timers._replace(spoiled=failed_prints(standing))
    if timers.letter is not None and taken_back(fact.kind, after):
        timers = timers._replace(letter=None)
    return timers


def number(running: int, office: str, year: int) -> str:
    """Return the number of a letter, such as 471.13/000123/33.74.10/2018."""
    return f"{_CODE}/{running:06d}/{office}/{year}"
