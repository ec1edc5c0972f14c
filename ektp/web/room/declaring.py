"""What an operator says in a browser, through the one door: applied and committed before it is answered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import anyio.from_thread
from sqlalchemy import func, select

from consumers.outcome import Outcome
from ektp.errors import WrongUse
from ektp.people.operators import operator_event
from ektp.web.errors import NotAsked
from ektp.web.room.seat import Posted
from ektp.web.web import Web, web_of
from schemas.submission import Door


def said(posted: Posted, name: str, subject: str, data: Mapping[str, Any]) -> Outcome:
    """Say an event of now in the name of whoever sent the form; return what became of it. Called in a thread.

    Raises NotAsked for a field that cannot be, JournalUnavailable and IntakeHalted.
    """
    web = web_of(posted.seat.request)
    try:
        event = operator_event(name, subject, data, by=posted.by, door=Door.HTTP, at=now_of(web))
    except WrongUse as wrong:
        raise NotAsked(str(wrong)) from None
    _, outcomes = anyio.from_thread.run(web.journals.apply, lambda: [event], lambda _: None, None)
    return outcomes[0]


def now_of(web: Web) -> datetime:
    """Return the store's time, which in a simulated city is the city's. Raises StoreAway."""
    with web.snapshot() as connection:
        moment: datetime = connection.scalars(select(func.ektp_now())).one()
    return moment
