"""The fold: one batch of entries, in memory, from what is known to what is to be written."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from consumers.allocations import counted_by_day, judged
from consumers.books import Application, Changes, Held, Known, Parked, Written
from consumers.census import follow
from consumers.clearance import Clearance
from consumers.entry import Entry, parked_id, retold, submission_id
from consumers.follow_up import FollowUp
from consumers.ledger import OF_A_RANGE, Ledger
from consumers.outcome import DETAIL, Outcome, OutcomeKind
from consumers.station_days import CLOSED, RECORDED, recorded_on
from consumers.supplies import OF_SUPPLIES, Supplies
from consumers.tallies import DEADLINE, SECURITY, counted, violation_of
from consumers.visits import OF_VISITS, Visits
from schemas.reasons import Reason, WaitReason
from schemas.roles import covers
from workflows.application import Fate, Receipt, overtaken, receive
from workflows.card_issuance import END_STATES, State
from workflows.clock import Keeper
from workflows.deadlines import HELD
from workflows.facts import OF_A_TURN, PROPOSED, Fact
from workflows.ledger import Refused
from workflows.resi import resi_of
from workflows.standing import Standing

if TYPE_CHECKING:
    from uuid import UUID

    from schemas.submission import Submission
    from workflows.timekeeping import Timekeeping

_OLDEST: Final = timedelta(days=30)


class Fold:
    """The state of one transaction's decisions; `changes` is what has to be written in the end."""

    def __init__(self, known: Known, keeping: Timekeeping, follow_up: type[FollowUp] = FollowUp) -> None:
        self._keeper = Keeper(keeping, known.outages)
        self._follow_up = follow_up(self._keeper, known.now)
        self.changes = Changes()
        self.freed: set[bytes] = set()
        self._now = known.now
        self._clearance = Clearance(self.changes.tallies, keeping, known.now)
        self._digests = dict(known.digests)
        self._parked = dict(known.parked)
        self._applications = dict(known.applications)
        self._held = {application: list(rows) for application, rows in known.held.items()}
        blankos, supplies, visits = dict(known.blankos), dict(known.supplies), dict(known.visits)
        self._ledger = Ledger(blankos, self.changes)
        self._supplies = Supplies(supplies, keeping, self.changes)
        self._stock = {
            **dict.fromkeys(OF_A_RANGE, self._ledger.note),
            **dict.fromkeys(OF_SUPPLIES, self._supplies.note),
            **dict.fromkeys(OF_VISITS, Visits(visits, self._applications, keeping, self.changes, known.now).note),
        }
        self._open_niks = dict(known.open_niks)
        self._tables: tuple[dict[Any, Any], ...] = (
            self._digests, self._parked, self._applications, self._held, blankos, supplies, self._open_niks, visits
        )  # fmt: skip

    def learn(self, more: Known) -> None:
        """Take in what else is known; what was decided here meanwhile stands."""
        for mine, found in zip(self._tables, more.tables, strict=True):
            mine.update((key, one) for key, one in found.items() if key not in mine)
        for nik, one in more.open_niks.items():
            if self._open_niks[nik] == one and self.state_of(one) in END_STATES:
                del self._open_niks[nik]

    def state_of(self, application: UUID) -> State:
        """Return where an application stands by now."""
        found = self._applications.get(application)
        return found.state if found else State.NEW

    def take(self, entry: Entry) -> Outcome:
        """Decide one accepted event."""
        claimed = self._digests.get(entry.id)
        if claimed is not None:
            if claimed == entry.digest:
                self._repair(entry)
                return self._repeated(entry)
            return self.park(entry.submission, entry.digest, Reason.ID_REUSED, "this id was used with another body")
        if self._is_parked(entry):
            return self._repeated(entry)
        if entry.application is None:
            return self._note(entry)
        if entry.fact.deadline == HELD.name and entry.application not in self._applications:
            return self._tell_of_held(entry, entry.application)
        outcome = self._decide(entry, entry.application)
        if outcome.outcome in (OutcomeKind.APPLIED, OutcomeKind.SUPERSEDED):
            self.release(entry.application)
        return outcome

    def refuse(self, submission: Submission, digest: bytes) -> Outcome:
        """Park a submission that could not be read."""
        refusal = submission.refusal
        assert refusal is not None
        return self.park(submission, digest, refusal.reason, refusal.detail)

    def park(self, submission: Submission | None, digest: bytes, reason: Reason, detail: str) -> Outcome:
        """Keep a submission with its cause for a person; a redelivery of it is a repetition."""
        assert submission is not None  # what comes back out of the store was accepted once
        event_id = submission_id(submission)
        row = Parked(parked_id(submission, digest), submission, event_id, digest, reason, detail)
        if submission.repairs is None:
            if row.id in self._parked:
                self.changes.tallies["", "event", "repeated"] += 1
                return Outcome(event_id, OutcomeKind.REPEATED)
            self._parked[row.id] = reason
            self.changes.tallies["", "event", "parked"] += 1
            if reason is Reason.SENDER_NOT_ALLOWED:
                self.changes.tallies["", SECURITY, violation_of(submission)] += 1
            self.changes.letters.extend(self._follow_up.parked(row))
        # A replay that fails again is noted on the item it was to repair, and is no new one.
        self.changes.parked[row.id] = row
        return Outcome(event_id, OutcomeKind.PARKED, reason)

    def release(self, application: UUID) -> None:
        """Take in whatever this application's held events can now be taken in, until nothing moves."""
        moved = True
        while moved:
            moved = False
            for held in list(self._held.get(application, ())):
                receipt = self._receive(held.entry)
                reason = receipt if isinstance(receipt, Reason) else receipt.reason
                if isinstance(receipt, Receipt) and receipt.fate in (Fate.APPLIED, Fate.SUPERSEDED):
                    self._unhold(application, held)
                    self._write(held.entry, application, receipt)
                    moved = True
                elif isinstance(reason, Reason) and held.entry.nik_key is None:
                    # It has become impossible while it waited. (A recording's person is not here to be parked with it.)
                    self._unhold(application, held)
                    self.park(retold(held.entry, reason, DETAIL[reason]), held.entry.digest, reason, DETAIL[reason])

    def _is_parked(self, entry: Entry) -> bool:
        """Whether this very message lies in the parking lot (a replay of it is another matter)."""
        if not self._parked or entry.submission is None or entry.repairs is not None:
            return False
        return parked_id(entry.submission, entry.digest) in self._parked

    def _decide(self, entry: Entry, application: UUID) -> Outcome:
        receipt = self._receive(entry)
        if isinstance(receipt, Reason):
            return self.park(entry.submission, entry.digest, receipt, DETAIL[receipt])
        match receipt.fate:
            case Fate.PARKED:
                reason = Reason(receipt.reason or Reason.NOT_IN_LIFECYCLE)
                return self.park(entry.submission, entry.digest, reason, DETAIL[reason])
            case Fate.HELD:
                return self._hold(entry, application, WaitReason(receipt.reason or WaitReason.WAITS_FOR_RECORDING))
            case Fate.APPLIED | Fate.SUPERSEDED:
                self._claim(entry)
                self._write(entry, application, receipt)
                return Outcome(str(entry.id), OutcomeKind(receipt.fate))

    def _receive(self, entry: Entry) -> Receipt | Reason:
        """Ask the rules, after what only the whole store can know: whose blanko, whose NIK."""
        application = self._applications.get(entry.application) if entry.application else None
        standing = application.standing if application else Standing()
        if application and not covers(entry.scope, standing.office):
            return Reason.SENDER_NOT_ALLOWED
        of_a_turn = entry.fact.kind in OF_A_TURN
        blanko = self._ledger.find(entry.fact) if of_a_turn else None
        if application and (judgement := judged(entry, application, blanko, self._keeper.keeping)):
            return judgement
        if of_a_turn and self._ledger.is_anothers(entry.fact, entry.application):
            return Reason.BLANKO_BELONGS_TO_ANOTHER
        if entry.nik_key and application and application.nik_key != entry.nik_key:
            return Reason.NIK_DIFFERS
        if entry.nik_key and application is None and entry.fact.attempt == 1:
            other = self._open_niks.get(entry.nik_key)
            if other is not None and other != entry.application:
                return Receipt(Fate.HELD, WaitReason.NIK_HAS_OPEN_APPLICATION, standing, State.NEW, State.NEW)
        if application and entry.fact.kind in PROPOSED and not self._still_holds(application, entry.fact):
            return overtaken(standing)
        receipt = receive(standing, entry.fact)
        if application and of_a_turn and self._ledger.denies(entry.fact, application.id, standing, receipt.standing):
            return Reason.BLANKO_NOT_THERE
        return receipt

    def _still_holds(self, application: Application, fact: Fact) -> bool:
        if not self._follow_up.still_holds(application, fact):
            return False
        return fact.held is None or self._is_held(application.id, fact.held)

    def _is_held(self, application: UUID, held: UUID) -> bool:
        return any(one.entry.id == held for one in self._held.get(application, ()))

    def _write(self, entry: Entry, application: UUID, receipt: Receipt) -> None:
        before = self._applications.get(application)
        if before is None:
            before = self._opened(application, entry)
        after, promised = self._follow_up.after(before, receipt, entry.fact)
        changes = self.changes
        changes.letters.extend(self._follow_up.letters(before, after, receipt, promised))
        if receipt.requests:
            changes.steps.extend(self._follow_up.steps(before, after, receipt, entry.fact))
        if entry.fact.held is not None:
            changes.overdue_held.add(entry.fact.held)
        self._applications[application] = self.changes.applications[application] = after
        outcome = receipt.fate
        self.changes.history.append(Written(entry, outcome, after.version, receipt.before, receipt.after))
        self.changes.tallies["", "event", outcome] += 1
        follow(self.changes.tallies, before, after)
        if (kept := self._follow_up.kept(before, after, promised)) is not None:
            self.changes.tallies[after.standing.office, "promise", "kept" if kept else "missed"] += 1
        self._clearance.follow(entry.name if outcome is Fate.APPLIED else "", before, after, kept=kept)
        for kind, key in counted(before, receipt, entry.fact):
            self.changes.tallies["", kind, key] += 1
        if (by_day := counted_by_day(entry, receipt, self._keeper.keeping, self._now)) is not None:
            self.changes.tallies[by_day] += 1
        self._follow_nik(after)
        self._ledger.follow(entry, before, after)
        self._follow_up.suket(changes, before, after)
        self._supplies.follow(entry, before, after, self._ledger.office_of)

    def _opened(self, application: UUID, entry: Entry) -> Application:
        # A station's clock may be wrong: the resident's starts within the last thirty days, and never in the future.
        recorded = min(max(entry.time, self._now - _OLDEST), self._now)
        nik_key = entry.nik_key or b""
        self.changes.opened.add(application)
        timers = self._keeper.started(recorded)
        return Application(application, 0, State.NEW, Standing(), nik_key, 0, 0, resi_of(application), recorded, timers)

    def _follow_nik(self, after: Application) -> None:
        if after.state in END_STATES:
            if self._open_niks.get(after.nik_key) == after.id:
                del self._open_niks[after.nik_key]
            self.freed.add(after.nik_key)
        else:
            self._open_niks[after.nik_key] = after.id

    def _note(self, entry: Entry) -> Outcome:
        """Record a fact about an office, a station or a stock."""
        note = self._stock.get(entry.name)
        outcome = note(entry) if note else OutcomeKind.APPLIED
        if isinstance(outcome, Refused):
            return self.park(entry.submission, entry.digest, outcome.reason, outcome.detail)
        self._claim(entry)
        self.changes.history.append(Written(entry, outcome, None, None, None))
        self.changes.tallies["", "event", outcome] += 1
        if entry.name in ("outage-declared", "outage-ended"):
            self.changes.outages.append(entry)
        elif entry.name == CLOSED:
            self.changes.closings.append(entry)
        return Outcome(str(entry.id), outcome)

    def _tell_of_held(self, entry: Entry, application: UUID) -> Outcome:
        """Say that the recording an event waits for has not come; it is written down without an application."""
        held = next((one for one in self._held.get(application, ()) if one.entry.id == entry.fact.held), None)
        outcome = OutcomeKind.SUPERSEDED if held is None else OutcomeKind.APPLIED
        self._claim(entry)
        self.changes.history.append(Written(entry._replace(application=None), outcome, None, None, None))
        self.changes.tallies["", "event", outcome] += 1
        if held is not None:
            self.changes.tallies["", DEADLINE, HELD.name] += 1
            (told := self.changes.overdue_held).add(held.entry.id)
            self.changes.letters.extend(self._follow_up.missing(held, self._held[application], told))
        return Outcome(str(entry.id), outcome)

    def _claim(self, entry: Entry) -> None:
        self._digests[entry.id] = entry.digest
        if entry.nik_key and entry.submission:
            self.changes.persons.append(entry)
        if entry.name == RECORDED:
            self.changes.tallies[recorded_on(entry, self._keeper.keeping)] += 1
        self._repair(entry)

    def _repair(self, entry: Entry) -> None:
        """Close the parked item that this event repairs, if it does."""
        if entry.repairs is None:
            return
        self.changes.repaired[entry.repairs] = entry.door.value
        if reason := self._parked.get(entry.repairs):
            self.changes.letters.extend(self._follow_up.repaired(entry, entry.repairs, reason))

    def _hold(self, entry: Entry, application: UUID, reason: WaitReason) -> Outcome:
        self._claim(entry)
        known = self._applications.get(application)
        office = known.standing.office if known else entry.fact.office or ""
        held = Held(entry, reason, self._follow_up.held_until(office))
        self._held.setdefault(application, []).append(held)
        self.changes.held[entry.id] = held
        self.changes.tallies["", "event", "held"] += 1
        return Outcome(str(entry.id), OutcomeKind.HELD, reason)

    def _unhold(self, application: UUID, held: Held) -> None:
        self._held[application].remove(held)
        if self.changes.held.pop(held.entry.id, None) is None:
            self.changes.released.add(held.entry.id)
        self.changes.tallies["", "event", "held"] -= 1

    def _repeated(self, entry: Entry) -> Outcome:
        self.changes.tallies["", "event", "repeated"] += 1
        return Outcome(str(entry.id), OutcomeKind.REPEATED)
