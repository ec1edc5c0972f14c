"""The compensation's patience: a request that nobody answers is asked again, and in the end something else is done.

What is asked for (the deletion, the print voided, the card destroyed, the resident invited) leaves with the change that
wants it; the step written beside it wakes when the answer is late. It decides nothing by itself: it says that a
deadline has passed, and the journal looks again whether that is so.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from workflows.card_issuance import CALL_BACKS, END_STATES, Ask, state_of
from workflows.facts import fact_of
from workflows.open_requests import is_awaited
from workflows.ports import Answers
from workflows.remedies import ANSWERS, Then, after_the_last
from workflows.steps.report import report
from workflows.steps.step import Done, GivenUp, Remark, Result, Step

NO_ANSWER: Final = "NoAnswer"
_DEADLINE: Final = "deadline-passed"
# Together they tell one asking from every other, whatever was decided on it.
_OF_THE_ASKING: Final = ("attempt", "try", "ask", "asked", "turn", "blanko")


def await_answer(answers: Answers, step: Step) -> Result:
    """Be done when the answer came, or when its lateness was told before; else ask again, or do what comes last."""
    assert step.application is not None, "a request is about an application"
    asked = {name: step.data[name] for name in _OF_THE_ASKING if name in step.data}
    time = datetime.fromisoformat(step.data["answer_by"])
    standing = answers.standing(step.application)
    state, ask = state_of(standing), Ask(asked["ask"])
    late = {**asked, "deadline": f"{ask}-unanswered", "then": Then.ASK_AGAIN.value, "version": 0}
    if not is_awaited(standing, state, fact_of(step.id, _DEADLINE, late)):
        return Done()
    # What was decided then may be decided otherwise now: killed after its report, a step must not report again.
    told = answers.late(step.application, time, _known_by(asked))
    if asked["asked"] < ANSWERS[ask].most:
        return Done() if told else Done((report(step, _DEADLINE, time, late),))
    last = {**late, "attempt": standing.attempt, "then": after_the_last(ask, state).value}
    events = () if told or state in END_STATES else (report(step, _DEADLINE, time, last),)
    if ask not in CALL_BACKS:
        return Done(events)
    # A blanko or card lies somewhere for ever, and no clock of its application runs for it: a person has to look.
    remark = Remark("card-not-called-back", {"ask": ask.value, "asked": asked["asked"], "state": state.value})
    return GivenUp(NO_ANSWER, events, (remark,))


def _known_by(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the report of this asking says of it: a card is known by its serial, whatever the attempt."""
    without = ("attempt", "try") if "blanko" in asked else ()
    return {name: value for name, value in asked.items() if name not in without}
