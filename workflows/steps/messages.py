"""The steps that tell residents: one that plans, and one for each message, which leaves once or is known not to."""

from typing import Final
from uuid import UUID

from workflows.messages import Answer, Interrupted, Wait
from workflows.ports import Gateway, Messages
from workflows.steps.step import AskAgain, Done, Remark, Result, Step

INTERRUPTED: Final = "Interrupted"


def plan_messages(messages: Messages) -> Done:
    """Write what is to be told of everything that happened since the last look."""
    messages.plan()
    return Done()


def deliver_message(messages: Messages, gateway: Gateway, step: Step) -> Result:
    """Give one message to its gateway; what may have left before a crash is asked for, and never sent on a guess."""
    id_ = UUID(step.data["message"])
    found = messages.begin(id_)
    if isinstance(found, Interrupted):
        known = gateway.knows(found)
        if known is None:
            messages.settle(id_, Answer.UNKNOWN, INTERRUPTED)
            return Done(remarks=(Remark("message-unknown", {"channel": found.channel}),))
        if known:
            messages.settle(id_, Answer.TAKEN)
            return Done()
        found = messages.begin(id_, anew=True)
    if isinstance(found, Wait):
        return AskAgain(found.until)
    if found is None or isinstance(found, Interrupted):
        return Done()
    again = messages.settle(id_, *gateway.send(found))
    return Done() if again is None else AskAgain(again)
