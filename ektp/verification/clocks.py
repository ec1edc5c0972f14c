"""The clocks: everything open is looked at again in time, every wait was somebody's, every cause is the true one."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from ektp.storage.journal.books import OUTAGES
from ektp.storage.journal.standings import read_standing
from ektp.storage.journal.timers import read_timers
from ektp.verification.finding import Advance, Check, Finding
from ektp.verification.rows import streamed
from workflows.card_issuance import END_STATES, State
from workflows.clock import Keeper
from workflows.deadlines import cause_at
from workflows.timekeeping import Timekeeping
from workflows.timers import Outage, View

_APPLICATIONS: Final = text(
    "select id, state, situation, standing, recorded, timers, due_at from applications where standing is not null"
)
_NOW: Final = text("select ektp_now()")
_RULES: Final = text("select office, calendar from office_rules where calendar is not null")
# What is over and waits for its turn, or for another try, may have been given so much time.
_TURN: Final = timedelta(days=1)


def clocks_are_kept(keeping: Timekeeping) -> Check:
    """Return the check of the clocks by these calendars and promises."""

    def check(connection: Connection, advance: Advance) -> list[Finding]:
        """Find what is looked at too late or never, waits that are not everybody's sum, and causes that are not so."""
        due, waits = Finding("deadlines-are-set"), Finding("waits-add-up")
        causes = Finding("situations-are-true")
        bounds = _Bounds(connection, keeping)
        for row in streamed(connection, _APPLICATIONS, advance):
            due.checked += 1
            wrong = bounds.wrong(row)
            due.expect(not wrong, f"{row.id}: {wrong}")
            waits.checked += 1
            parties = row.timers.get("waited", {})
            sound = sum(parties.values()) == row.timers.get("gross", 0) and min(parties.values(), default=0) >= 0
            waits.expect(sound, f"{row.id}: {parties} is not {row.timers.get('gross', 0)}")
            causes.checked += 1
            said = cause_at(read_standing(row.standing), State(row.state), by_hand=row.timers.get("by_hand", False))
            causes.expect(row.situation == said, f"{row.id}: {row.situation} is stored, the rules say {said}")
        return [due, waits, causes]

    return check


class _Bounds:
    """Until when an application must be looked at, at the latest, by what is known now."""

    def __init__(self, connection: Connection, keeping: Timekeeping) -> None:
        self._now: datetime = connection.scalars(_NOW).one()
        # An outage that was over before it was said moved deadlines until it was said: as if it still went on.
        outages = [Outage(*row)._replace(ends=None) for row in connection.execute(text(OUTAGES))]
        self._keeper = Keeper(keeping, outages)
        #: Where a calendar was changed, the sweep is on its way.
        self._moving = {
            office
            for office, calendar in connection.execute(_RULES)
            if calendar != keeping.calendar(office).fingerprint(self._now)
        }

    def wrong(self, row: Row[Any]) -> str:
        """Return what is wrong with the time at which it is due, if anything."""
        state = State(row.state)
        if state in END_STATES:
            return f"is over and due at {row.due_at}" if row.due_at else ""
        if row.due_at is None:
            return f"is {state} and is never looked at again"
        standing = read_standing(row.standing)
        if standing.office in self._moving:
            return ""
        due = self._keeper.due(read_timers(row.timers), View(standing, state, row.recorded), self._now)
        late = due is not None and row.due_at > max(due.at, self._now + _TURN)
        return f"is due at {row.due_at}, the rules say {due.deadline} at {due.at}" if due and late else ""
