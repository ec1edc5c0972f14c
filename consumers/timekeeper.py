"""The timekeeper: finds what is due, proposes it as events, and leaves the judgement to the journal."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

import structlog

from consumers.due import Move
from consumers.failpoints import failpoint
from consumers.outcome import OutcomeKind
from workflows.clock import Keeper
from workflows.proposals import held_too_long, letter, letter_withheld, moved, passed
from workflows.remedies import Then
from workflows.suket import FIRST
from workflows.turns import MINUTE, MOST, minute_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from consumers.due import Claimed, DueApplication, DueHeld, DueStore
    from consumers.ports import Journal
    from consumers.rule_changes import RuleChanges
    from schemas.submission import Submission
    from workflows.timekeeping import Timekeeping
    from workflows.timers import Due

log = structlog.get_logger()
_BATCH: Final = 500  # events in one transaction of the journal
_AGAIN: Final = 60 * MINUTE  # until a proposal that was not taken is made anew


class Swept(NamedTuple):
    """What one sweep did: events proposed, and what became of them; applications that got another time; held events."""

    proposed: int = 0
    applied: int = 0
    superseded: int = 0
    moved: int = 0
    spread: int = 0
    held: int = 0


class _Found(NamedTuple):
    """Something whose time has come: of which office, the event that says so, and its row, to give it another time."""

    office: str
    submission: Submission
    row: Move


class Timekeeper:
    """Sweeps; any number of them may, at once, and be killed anywhere: what is proposed twice happens once."""

    def __init__(
        self,
        store: DueStore,
        journal: Callable[[], Journal],
        keeping: Timekeeping,
        changes: RuleChanges,
        most: int = MOST,
    ) -> None:
        """*most* is how many deadlines of one office may pass in a minute; 0 is any number."""
        self._store = store
        self._journal = journal
        self._keeping = keeping
        self._changes = changes
        self._most = most

    def sweep(self, most: int | None = None) -> Swept:
        """Propose what is due, up to about so many events; return what was done. Raises StoreAway, JournalUnavailable.

        Without a limit the offices whose calendar was changed are looked at as well.
        """
        journal, counts = self._journal(), Counter[str]()
        changed = self._changes.found()
        while most is None or counts["proposed"] < most:
            claimed = self._store.claim(_BATCH)
            if not (claimed.applications or claimed.held):
                break
            failpoint("sweeper-after-claim")
            self._take(journal, claimed, changed, counts)
        if changed and most is None:
            counts["moved"] += self._changes.look_again(journal, changed)
        swept = Swept(*(counts[name] for name in Swept._fields))
        if any(swept):
            log.info("swept", **swept._asdict())
        return swept

    def _take(self, journal: Journal, claimed: Claimed, changed: Mapping[str, str], counts: Counter[str]) -> None:
        found, moves = list[_Found](), list[Move]()
        told: list[Submission] = []
        keeper = Keeper(self._keeping, claimed.outages)
        rows = [(row, keeper.due(row.timers, row.view, claimed.now)) for row in claimed.applications]
        free = self._free(rows, claimed.now)
        for row, due in rows:
            if due and due.at <= claimed.now:
                submission = _said(row, due, claimed.now, free)
                found.append(_Found(row.view.standing.office, submission, Move(row.id, row.version, None)))
            elif due and (because := self._why(row, claimed.now, changed)):
                told.append(moved(row.id, row.version, due, row.due_at, claimed.now, because))
            else:
                moves.append(Move(row.id, row.version, due and due.at))
        found += map(_of_held, claimed.held)
        counts["moved"] += len(moves) + len(told)
        proposed, spread = self._in_turn(found, claimed.now)
        counts["spread"] += len(spread)
        counts["held"] += sum(one.row.version is None for one in proposed)
        if moves or spread:
            self._store.move([*moves, *spread])
        counts.update(self._propose(journal, proposed, told, claimed.now))

    def _free(self, rows: Sequence[tuple[DueApplication, Due | None]], now: datetime) -> Collection[str]:
        """Return those offices of due first letters for whose residents a blanko lies free."""
        wanted = Counter(
            row.view.standing.office for row, due in rows if due and due.at <= now and due.deadline == FIRST
        )
        if not wanted:
            return ()
        prints_at = {office: self._keeping.policy(office).printing_office(office) for office in wanted}
        stock = self._store.free_stock(set(prints_at.values()))
        free = {office for office in wanted if stock.get(prints_at[office])}
        letters = Counter[str]()
        for office in free:
            letters[prints_at[office]] += wanted[office]
        for office, number in sorted(letters.items()):
            log.warning("suket-withheld", office=office, letters=number, in_stock=stock[office])
        return free

    def _why(self, row: DueApplication, now: datetime, changed: Mapping[str, str]) -> str | None:
        """Return what made the deadline later than it was; None for an outage, which moves it day by day."""
        due = Keeper(self._keeping).due(row.timers, row.view, now)
        return changed.get(row.view.standing.office, "calendar") if due and due.at > now else None

    def _in_turn(self, found: Sequence[_Found], now: datetime) -> tuple[Sequence[_Found], Sequence[Move]]:
        """Part what may pass in this minute from what has to wait for its turn."""
        wanted = Counter(one.office for one in found)
        if not self._most or not wanted:
            return found, []
        turns = {office: iter(given) for office, given in self._store.take_turns(now, wanted, self._most).items()}
        minute, proposed, spread = minute_of(now), list[_Found](), list[Move]()
        late = Counter[str]()
        for one in found:
            turn = next(turns[one.office])
            if turn <= minute:
                proposed.append(one)
            else:
                spread.append(one.row._replace(due_at=turn))
                late[one.office] += 1
        for office, number in sorted(late.items()):
            log.warning("deadlines-spread", office=office, deadlines=number, most=self._most)
        return proposed, spread

    def _propose(
        self, journal: Journal, proposed: Sequence[_Found], told: Sequence[Submission], now: datetime
    ) -> Counter[str]:
        """Let the journal judge; what it did not take in comes again in an hour, not at once and for ever."""
        outcomes = journal.apply([*(one.submission for one in proposed), *told])
        counts, again = Counter(proposed=len(proposed)), list[Move]()
        for number, outcome in enumerate(outcomes):
            if outcome.outcome in (OutcomeKind.APPLIED, OutcomeKind.SUPERSEDED):
                counts[outcome.outcome] += number < len(proposed)
            elif number < len(proposed):
                if outcome.outcome is not OutcomeKind.REPEATED:  # another sweeper was quicker
                    log.error("deadline-not-taken", event_id=outcome.event_id, reason=outcome.reason)
                again.append(proposed[number].row._replace(due_at=now + _AGAIN))
        if again:
            self._store.move(again)
        return counts


def _said(row: DueApplication, due: Due, now: datetime, free: Collection[str]) -> Submission:
    """Return what is proposed; a first letter is withheld where a blanko lies free."""
    standing = row.view.standing
    if due.then is not Then.LETTER:
        return passed(row.id, row.version, standing, due)
    if due.deadline == FIRST and standing.office in free:
        return letter_withheld(row.id, row.version, standing, due)
    return letter(row.id, row.version, standing, due, now)


def _of_held(row: DueHeld) -> _Found:
    submission = held_too_long(row.application, row.attempt, row.version, row.id, row.due_at)
    return _Found(row.office, submission, Move(row.id, None, None))
