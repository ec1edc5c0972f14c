"""What is counted as it happens, as counting later would be dear: deadlines, what remedies led to, who broke a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemas.violations import Violation
from workflows.application import Fate
from workflows.card_issuance import Ask, State
from workflows.facts import OF_THE_CLOCK, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consumers.books import Application
    from schemas.submission import Submission
    from workflows.application import Receipt
    from workflows.facts import Fact

DEADLINE: Final = "deadline"
SECURITY: Final = "security"
REMEDY: Final = "remedy"
#: Requests that are to mend something; the others belong to every card.
_MENDING: Final = frozenset(Ask) - {Ask.PRINT_CARD}
_ANSWERS: Final = {
    Kind.DELETED: Ask.DELETE_CENTRAL_RECORD,
    Kind.INVITED: Ask.INVITE_RESIDENT,
    Kind.VOIDED: Ask.VOID_PRINT,
    Kind.DESTROYED: Ask.DESTROY_CARD,
}


def counted(before: Application, receipt: Receipt, fact: Fact) -> Iterator[tuple[str, str]]:
    """Yield the kind and key of each count that *fact* raises: `deadline` NAME, `remedy` REQUEST:OUTCOME."""
    for request in receipt.requests:
        if request.ask in _MENDING:
            yield REMEDY, f"{request.ask}:asked"
    if receipt.fate is not Fate.APPLIED:
        return
    if fact.kind in OF_THE_CLOCK and fact.deadline is not None:
        yield DEADLINE, fact.deadline
        if fact.ask is not None and fact.ask in _MENDING:
            yield REMEDY, f"{fact.ask}:unanswered"
    elif ask := _answered(before, fact):
        yield REMEDY, f"{ask}:answered"


def _answered(before: Application, fact: Fact) -> Ask | None:
    """Return the request that *fact* answers; a new try answers the one that asked for it."""
    standing = before.standing
    if fact.try_ > standing.try_ and fact.attempt == standing.attempt:
        return Ask.RETRY_SEARCH if before.state is State.FAILED else Ask.RESEND_PACKET
    return _ANSWERS.get(fact.kind)


def violation_of(submission: Submission) -> str:
    """Return which rule an event that its sender may not say has broken: what was understood, that of the store."""
    refusal = submission.refusal
    return (refusal and refusal.violation) or Violation.APPLICATION_OF_ANOTHER
