"""What an operator says in a browser, through the one door: applied and committed before it is answered."""

from collections.abc import Mapping
from typing import Any

import anyio.from_thread

from consumers.outcome import Outcome
from ektp.errors import WrongUse
from ektp.operators import operator_event
from ektp.web.errors import NotAsked
from ektp.web.room.seat import Posted
from ektp.web.web import web_of
from schemas.submission import Door


def said(posted: Posted, name: str, subject: str, data: Mapping[str, Any]) -> Outcome:
    """Say an event of now in the name of whoever sent the form; return what became of it. Called in a thread.

    Raises NotAsked for a field that cannot be, JournalUnavailable and IntakeHalted.
    """
    try:
        event = operator_event(name, subject, data, by=posted.by, door=Door.HTTP)
    except WrongUse as wrong:
        raise NotAsked(str(wrong)) from None
    web = web_of(posted.seat.request)
    _, outcomes = anyio.from_thread.run(web.journals.apply, lambda: [event], lambda _: None, None)
    return outcomes[0]
