"""The clocks of one application: when its situation began, what is due next, and who has had the move for how long."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from workflows.card_issuance import END_STATES, Party, State, whose_move
from workflows.coming_of_age import AGE, begins, parted
from workflows.deadlines import PROMISE, deadline_at, situation_of
from workflows.facts import OF_THE_CLOCK, Fact, Kind, Rung
from workflows.remedies import Then
from workflows.standing import Standing
from workflows.suket import WITHHELD, bridged, next_letter
from workflows.timekeeping import Calendar, Timekeeping
from workflows.timers import PRINTED_OR_OVER, Due, Outage, Timers, View

CENTRE: Final = "centre"
NO_BLANKO: Final = "no-blanko"
OUTAGE: Final = "outage"


class Keeper:
    """Keeps the clocks of applications by the offices' calendars; *outages* are those declared so far."""

    def __init__(self, keeping: Timekeeping, outages: Sequence[Outage] = ()) -> None:
        self._keeping = keeping
        self._outages = outages

    @property
    def keeping(self) -> Timekeeping:
        """The calendars and policies it keeps them by."""
        return self._keeping

    def started(self, recorded: datetime) -> Timers:
        """Return the clocks of an application that is recorded now: until it arrived it was the station's move."""
        return Timers(since=recorded, moment=recorded)

    def advance(self, timers: Timers, before: View, after: View, fact: Fact, now: datetime) -> Timers:
        """Return the clocks after *fact* has made *after* of *before*."""
        timers = self._counted(timers, before, after.standing.office, now)
        same = _is_same(before, after)
        if not same:
            kept = timers.escalated if before.state is after.state else 0
            timers = Timers(now, timers.moment, 0, None, False, timers.missed, kept, *timers[7:11], 0, timers.spoiled)
        timers = bridged(timers, fact, after.standing, after.state)
        if fact.kind in OF_THE_CLOCK and fact.deadline != WITHHELD:
            return _passed(timers, fact, same=same)
        if fact.kind is Kind.POSTPONED:
            return timers._replace(postponed=fact.until)
        if fact.kind is Kind.RECOVERY_ORDERED:
            return timers._replace(since=now, passed=0, by_hand=True)
        return timers

    def due(self, timers: Timers, view: View, now: datetime, promised: datetime | None = None) -> Due | None:
        """Return what is due next, None after the end; *promised* spares working the promise out again."""
        first = self._patience(timers, view, now)
        if view.state in PRINTED_OR_OVER or view.state is State.NEW:
            return first
        if not timers.missed:
            promised = promised or self.promise(view, now)
            if first is None or first.at > promised:
                first = Due(PROMISE, promised, Then.TELL)
        letter = self._letter(timers, view, now)
        return first if letter is None or (first is not None and first.at <= letter.at) else letter

    def promise(self, view: View, now: datetime) -> datetime:
        """Return until when the card was promised to be printed, by the calendar known now.

        Who was too young when recorded was promised it for the birthday, also who married before that.
        """
        office = view.standing.office
        days, calendar = self._keeping.policy(office).promise, self._keeping.calendar(office)
        return calendar.closing_without(begins(calendar, view.recorded, view.standing.not_before), days, now, ())

    def answer_by(self, office: str, days: int, now: datetime) -> datetime:
        """Return when so many working days from now have passed."""
        return self._keeping.calendar(office).closing_without(now, days, now, ())

    def year(self, office: str, moment: datetime) -> int:
        """Return the year that an office writes then."""
        return self._keeping.calendar(office).date_of(moment).year

    def waited(self, timers: Timers, view: View, now: datetime) -> Timers:
        """Return the clocks counted up to now, for showing."""
        return self._counted(timers, view, view.standing.office, now)

    def _patience(self, timers: Timers, view: View, now: datetime) -> Due | None:
        situation = situation_of(view.standing, view.state, by_hand=timers.by_hand)
        if situation is None:
            return None
        office = view.standing.office
        deadline = deadline_at(situation, timers.passed, self._keeping.policy(office))
        if deadline is None:
            return None
        stops = self._stops(view, timers.since, now) if self._outages else ()
        calendar, of_age = self._keeping.calendar(office), view.standing.of_age
        since = begins(calendar, timers.since, of_age if view.state is State.VERIFIED else None)
        at = calendar.closing_without(since, deadline.days, now, stops)
        if timers.postponed is not None and timers.postponed > at:
            at = timers.postponed
        return Due(deadline.name, at, deadline.then)

    def _letter(self, timers: Timers, view: View, now: datetime) -> Due | None:
        """Return when a suket is to be issued or renewed."""
        office = view.standing.office
        if timers.letter is None and view.state is not State.VERIFIED:
            return None  # most of the time
        coming = next_letter(timers, view.standing, self._keeping.policy(office).suket)
        if coming is None:
            return None
        name, start, days = coming
        calendar = self._keeping.calendar(office)
        begun = begins(calendar, start, view.standing.of_age)
        return Due(name, calendar.closing_without(begun, days, now, ()), Then.LETTER)

    def _counted(self, timers: Timers, view: View, office: str, now: datetime) -> Timers:
        """Give the time since the last change to whoever had the move."""
        if view.state in END_STATES or now <= timers.moment:
            return timers
        calendar = self._keeping.calendar(view.standing.office or office)
        elapsed = calendar.mark(now) - calendar.mark(timers.moment)
        if elapsed <= 0:
            return Timers(timers.since, now, *timers[2:])
        stopped, waited = timers.stopped, timers.waited
        party = whose_move(view.standing, view.state)
        if party is Party.WAREHOUSE:
            for whose, gone in parted(calendar, timers.moment, elapsed, view.standing.of_age):
                stopped = _added(stopped, AGE if whose is Party.NOBODY else NO_BLANKO, gone)
                waited = _added(waited, whose.value, gone)
        else:
            if self._outages and (lost := self._lost(calendar, view, timers.moment, now)):
                stopped = _added(stopped, OUTAGE, lost)
            waited = _added(waited, party.value, elapsed)
        return Timers(timers.since, now, *timers[2:7], timers.gross + elapsed, waited, stopped, *timers[10:])

    def _lost(self, calendar: Calendar, view: View, since: datetime, now: datetime) -> int:
        return sum(calendar.mark(end) - calendar.mark(start) for start, end in self._stops(view, since, now))

    def _stops(self, view: View, since: datetime, now: datetime) -> Sequence[tuple[datetime, datetime]]:
        """Return the declared stops that concern whoever has the move, from *since* to now, merged."""
        office, party = view.standing.office, whose_move(view.standing, view.state)
        spans = sorted(
            (max(one.begins, since), min(one.ends or now, now))
            for one in self._outages
            if concerns_outage(one.subject, office, party)
        )
        merged: list[tuple[datetime, datetime]] = []
        for start, end in spans:
            if end <= start:
                continue
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged


def concerns_outage(subject: str, office: str, party: Party) -> bool:
    """Tell whether a stop of *subject* concerns an application of an office whose move is the party's."""
    if subject == CENTRE:
        return party is Party.CENTRE
    return office == subject or office.startswith(f"{subject}.")


def _passed(timers: Timers, fact: Fact, *, same: bool) -> Timers:
    """Note that a deadline has passed; what its answer changes is a situation of its own."""
    if fact.deadline == PROMISE:
        return timers._replace(missed=True)
    if fact.ask is not None or fact.held is not None or not same:
        return timers
    escalated = timers.escalated + (fact.kind is Kind.ESCALATION_DUE)
    return timers._replace(passed=timers.passed + 1, postponed=None, escalated=escalated)


def _is_same(before: View, after: View) -> bool:
    """Tell whether it is the same situation: the same state, attempt, rung, invitation, turn and review."""
    if before.state is not after.state:
        return False
    old, new = before.standing, after.standing
    if old is new:
        return True
    if not (new.verified or new.deleted) and _climbed(old) != _climbed(new):
        return False
    return _rest(old) == _rest(new)


def _climbed(standing: Standing) -> tuple[int, int]:
    # A packet that was only sent again is no news: the clock of its silence goes on.
    return (standing.try_ if standing.rung > Rung.RECEIVED_AT_CENTRAL else 0, standing.rung)


def _rest(standing: Standing) -> tuple[object, ...]:
    return (standing.attempt, standing.invited, standing.review, len(standing.turns), standing.of_age)


def _added(counts: tuple[tuple[str, int], ...], name: str, amount: int) -> tuple[tuple[str, int], ...]:
    if not counts:
        return ((name, amount),)
    found = dict(counts)
    found[name] = found.get(name, 0) + amount
    return tuple(sorted(found.items()))
