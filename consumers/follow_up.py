"""What follows from a fact that was taken in: the clocks go on, people are told, somebody is asked and waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from consumers.allocations import place
from consumers.books import Application
from consumers.letters import (
    missing_letter,
    notice_letter,
    overdue_letter,
    parked_letter,
    repaired_letter,
    request_letter,
    suket_letter,
)
from consumers.suket import follow_suket, suket_news
from workflows.application import Fate
from workflows.card_issuance import State
from workflows.deadlines import HELD
from workflows.facts import PROPOSED, Fact, Kind
from workflows.open_requests import is_awaited
from workflows.remedies import ANSWERS
from workflows.steps.step import NewStep
from workflows.suket import is_said
from workflows.timers import View

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator
    from datetime import datetime
    from uuid import UUID

    from consumers.books import Changes, Held, Parked
    from consumers.entry import Entry
    from consumers.ports import Letter
    from schemas.reasons import Reason
    from workflows.application import Receipt
    from workflows.clock import Keeper
    from workflows.open_requests import Request
    from workflows.timers import Due

AWAIT_ANSWER: Final = "await-answer"


class FollowUp:
    """Works out, at one moment, what follows; nothing is written here."""

    def __init__(self, keeper: Keeper, now: datetime) -> None:
        self._keeper = keeper
        self._now = now

    def still_holds(self, application: Application, fact: Fact) -> bool:
        """Tell whether what the clock says was decided on what still is so, and its time has really come."""
        if fact.ask is not None:
            return is_awaited(application.standing, application.state, fact)
        if fact.deadline == HELD.name:
            return True
        due = self._keeper.due(application.timers, view_of(application), self._now)
        if fact.kind is Kind.MOVED:
            moved = due is not None and (due.deadline, due.at) == (fact.deadline, fact.until)
            return moved and fact.until != application.due_at
        holds = due is not None and due.at <= self._now and is_said(fact, due, self._now)
        return holds and fact.version == application.version

    def after(self, before: Application, receipt: Receipt, fact: Fact) -> tuple[Application, datetime]:
        """Return the application with what is known now, its clocks gone on, and until when its card is promised."""
        now = self._now
        then = View(receipt.standing, receipt.after, before.recorded)
        promised = self._keeper.promise(then, now)
        if fact.kind in PROPOSED and receipt.fate is Fate.SUPERSEDED:
            # It came too late to be so: none of the deadlines to come is passed by it.
            timers = self._keeper.waited(before.timers, view_of(before), now)
        else:
            timers = self._keeper.advance(before.timers, view_of(before), then, fact, now)
        due = self._keeper.due(timers, then, now, promised)
        after = Application(
            before.id,
            before.version + 1,
            receipt.after,
            receipt.standing,
            before.nik_key,
            before.notices
            + (receipt.notice is not None)
            + (receipt.overdue is not None)
            + (suket_news(before.timers, timers) is not None),
            before.requests + len(receipt.requests),
            before.resi,
            before.recorded,
            timers,
            due.at if due else None,
            place(self._keeper.keeping, receipt.standing, receipt.after, before.recorded, timers),
        )
        return after, promised

    def due(self, application: Application) -> Due | None:
        """Return what comes next by today's calendar and the outages known now."""
        return self._keeper.due(application.timers, view_of(application), self._now)

    def kept(self, before: Application, after: Application, promised: datetime) -> bool | None:
        """Tell whether the promise was kept, when a card is printed for the first time; else None."""
        if after.state is not State.PRINTED or before.state is State.PRINTED or _was_printed(before):
            return None
        return not after.timers.missed and self._now <= promised

    def letters(
        self, before: Application, after: Application, receipt: Receipt, promised: datetime
    ) -> Iterator[tuple[UUID, Letter]]:
        """Yield the notices and requests that leave, each with its number in its series."""
        number = before.notices
        if news := suket_news(before.timers, after.timers):
            number += 1
            yield after.id, suket_letter(after, news, number, promised, self._now)
        if receipt.notice:
            number += 1
            yield after.id, notice_letter(after, receipt, receipt.notice, number, promised, self._now)
        if receipt.overdue:
            yield after.id, overdue_letter(after, receipt.overdue, number + 1, promised, self._now)
        if receipt.requests:
            for at, request in enumerate(_in_order(receipt), before.requests + 1):
                yield after.id, request_letter(after, request, at, self._answer_by(after, request), self._now)

    def suket(self, changes: Changes, before: Application, after: Application) -> None:
        """Write down what became of the letter that bridges the time until the card."""
        old, new = before.timers, after.timers
        if (old.letter, old.withheld) != (new.letter, new.withheld):
            follow_suket(changes, before, after, self._keeper.year(after.standing.office, self._now), self._now)

    def steps(self, before: Application, after: Application, receipt: Receipt, fact: Fact) -> Iterator[NewStep]:
        """Yield a step for each request: it waits for the answer, and asks again or goes on when there is none."""
        asked = fact.asked + 1 if fact.kind is Kind.ASK_AGAIN_DUE else 1
        for number, request in enumerate(_in_order(receipt), before.requests + 1):
            answer_by = self._answer_by(after, request)
            words = {
                "ask": request.ask.value,
                "attempt": request.attempt or after.standing.attempt,
                "try": request.try_,
                "turn": request.turn,
                "blanko": request.blanko,
                "asked": asked,
                "answer_by": answer_by.isoformat(),  # the row's `due` moves when the store is away
            }
            data = {name: value for name, value in words.items() if value is not None}
            key = f"{AWAIT_ANSWER}:{after.id}:{number}"
            yield NewStep(AWAIT_ANSWER, key, after.id, data, answer_by)

    def parked(self, row: Parked) -> Iterator[tuple[UUID, Letter]]:
        """Yield what its station is told of an event that was parked."""
        return parked_letter(row, self._now)

    def repaired(self, entry: Entry, item: UUID, reason: Reason) -> Iterator[tuple[UUID, Letter]]:
        """Yield what its station is told of a parked event that was taken in after all."""
        return repaired_letter(entry, item, reason, self._now)

    def missing(self, held: Held, here: Iterable[Held], told: Container[UUID]) -> Iterator[tuple[UUID, Letter]]:
        """Yield what people are told of a recording that has not come, of all that waits *here* for it.

        While nobody knows the application all of that stays held: what was told already, or is *told* now, is counted.
        """
        overdue = [one for one in here if one.due is None or one.entry.id in told]
        return missing_letter(held, sum(one.entry.fact.office is not None for one in overdue), self._now)

    def held_until(self, office: str) -> datetime:
        """Return when an event that is held now has waited for too long."""
        return self._keeper.answer_by(office, HELD.days, self._now)

    def _answer_by(self, after: Application, request: Request) -> datetime:
        return self._keeper.answer_by(after.standing.office, ANSWERS[request.ask].within, self._now)


def view_of(application: Application) -> View:
    """Return an application as its clocks look at it."""
    return View(application.standing, application.state, application.recorded)


def _was_printed(application: Application) -> bool:
    return any(turn.printed for turn in application.standing.turns)


def _in_order(receipt: Receipt) -> list[Request]:
    return sorted(receipt.requests, key=lambda asked: (asked.ask, asked.blanko or ""))
