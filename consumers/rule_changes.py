"""Changed calendars: where an office's working days or patience are not what they were, all its deadlines move."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from consumers.due import Move, Rules
from workflows.clock import Keeper
from workflows.proposals import moved

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from consumers.due import DueStore, KnownRules, Page
    from consumers.ports import Journal
    from schemas.submission import Submission
    from workflows.timekeeping import Timekeeping

log = structlog.get_logger()
_PAGE: Final = 500
_SOON: Final = timedelta(days=1)  # what is over and comes so soon waits for its turn only


class RuleChanges:
    """Compares the rules of today with those by which the deadlines were worked out, once an hour of the store's time.

    A closure may be known of long before and decided on a certain day, so the rules change without a new configuration.
    """

    def __init__(self, store: DueStore, known: KnownRules, keeping: Timekeeping) -> None:
        self._store = store
        self._known = known
        self._keeping = keeping
        self._looked: datetime | None = None

    def found(self) -> Mapping[str, str]:
        """Return by office what has changed: `calendar` or `patience`. Raises StoreAway."""
        now = self._known.moment()
        hour = now.replace(minute=0, second=0, microsecond=0)
        if hour == self._looked:
            return {}
        changed = {}
        for office, before in self._known.known().items():
            rules = self._rules(office, now)
            if before != rules:
                is_calendar = before is None or before.calendar != rules.calendar
                changed[office] = "calendar" if is_calendar else "patience"
        if not changed:
            self._looked = hour
        return changed

    def look_again(self, journal: Journal, changed: Mapping[str, str]) -> int:
        """Work out every open application of these offices anew; return how many have another time now.

        Killed on the way, it begins again: what has moved stays where it is. Raises StoreAway, JournalUnavailable.
        """
        offices = self._known.claim(changed.keys())
        if not offices:
            return 0
        count, after = 0, None
        while True:
            page = self._known.page(offices, after, _PAGE)
            count += self._turn(journal, page, changed)
            after = page.after
            if after is None:
                break
        self._known.note({office: self._rules(office, page.now) for office in offices})
        if count:
            log.info("deadlines-moved", offices=len(offices), applications=count)
        return count

    def _turn(self, journal: Journal, page: Page, changed: Mapping[str, str]) -> int:
        keeper, moves = Keeper(self._keeping, page.outages), list[Move]()
        told: list[Submission] = []
        for row in page.applications:
            due = keeper.due(row.timers, row.view, page.now)
            if due is None or due.at == row.due_at:
                continue
            if due.at <= page.now:
                if row.due_at > page.now + _SOON:
                    moves.append(Move(row.id, row.version, due.at))
            else:
                because = changed[row.view.standing.office]
                told.append(moved(row.id, row.version, due, row.due_at, page.now, because))
        if moves:
            self._store.move(moves)
        if told:
            journal.apply(told)
        return len(moves) + len(told)

    def _rules(self, office: str, now: datetime) -> Rules:
        policy = self._keeping.policy(office)
        patience = repr((policy.promise, policy.confirm, policy.days, policy.suket))
        return Rules(self._keeping.calendar(office).fingerprint(now), patience)
