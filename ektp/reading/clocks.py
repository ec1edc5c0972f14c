"""What the clocks of applications say, as of one snapshot and by the calendars as they are now."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from ektp.reading.moments import written
from ektp.storage.journal.standings import read_standing
from ektp.storage.journal.timers import read_timers
from ektp.storage.tables import OUTAGES
from workflows.card_issuance import State
from workflows.clock import Keeper
from workflows.timekeeping import Timekeeping
from workflows.timers import PRINTED_OR_OVER, Due, Outage, Timers, View
from workflows.working_time import working_days

_OUTAGES: Final = select(OUTAGES.c.subject, OUTAGES.c.begins, OUTAGES.c.ends).order_by(OUTAGES.c.begins)


class Clocks:
    """The clocks of the applications of one snapshot; each takes an application's row."""

    def __init__(self, connection: Connection, keeping: Timekeeping) -> None:
        self.now: datetime = connection.scalars(select(func.ektp_now())).one()
        self.keeper = Keeper(keeping, [Outage(*row) for row in connection.execute(_OUTAGES)])

    def promised(self, row: Row[Any]) -> str | None:
        """Return until when the card was promised; None where one is printed, or all is over."""
        if row.state in PRINTED_OR_OVER:
            return None
        return written(self.keeper.promise(_view(row), self.now))

    def due(self, row: Row[Any]) -> Due | None:
        """Return what comes next, None after the end."""
        return self.keeper.due(read_timers(row.timers), _view(row), self.now)

    def told(self, row: Row[Any]) -> dict[str, Any]:
        """Return the promise, what comes next, and who has had the move for how long, in working days up to now."""
        timers = self.keeper.waited(read_timers(row.timers), _view(row), self.now)
        return {
            "due": self.promised(row),
            "next": told_due(self.due(row)),
            "postponed": written(timers.postponed),
            **_waited(timers),
        }


def told_due(due: Due | None) -> dict[str, Any] | None:
    """Return what comes next as JSON values."""
    return None if due is None else {"deadline": due.deadline, "at": written(due.at), "then": due.then.value}


def _view(row: Row[Any]) -> View:
    return View(read_standing(row.standing), State(row.state), row.recorded)


def _waited(timers: Timers) -> Mapping[str, Any]:
    stopped = sum(lost for _, lost in timers.stopped)
    return {
        "waited": {party: working_days(gone) for party, gone in timers.waited},
        "gross": working_days(timers.gross),
        "net": working_days(timers.gross - stopped),
        "stopped": {cause: working_days(lost) for cause, lost in timers.stopped},
    }
