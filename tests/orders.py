"""Every order of some facts, told apart only where it matters; and histories made up at random."""

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from consumers.books import Held, Known
from consumers.entry import Entry
from consumers.fold import Fold
from consumers.outcome import OutcomeKind
from tests.histories import NOON, History
from tests.plain_time import PLAIN
from workflows.application import told
from workflows.card_issuance import END_STATES
from workflows.open_requests import wanted

_NOTHING: Final = Known(NOON, {}, {}, {}, {}, {}, {})


class Place(NamedTuple):
    """Where an order has come to: everything that the store knows then, and the last notice that left."""

    known: Known = _NOTHING
    notice: tuple[Any, ...] = ()

    @property
    def matters(self) -> tuple[object, ...]:
        """What decides how it goes on, and what the end is; not how many letters left on the way."""
        known = self.known
        standings = tuple(one.standing for one in known.applications.values())
        held = frozenset(one.entry.id for many in known.held.values() for one in many)
        return (standings, held, frozenset(known.blankos.values()), self.notice)


def taken(place: Place, entry: Entry) -> Place:
    """Take one event in, as a transaction of its own; whatever is wanted from then on has left and is waited for."""
    known = place.known
    fold = Fold(known, PLAIN)
    outcome = fold.take(entry)
    assert outcome.outcome is not OutcomeKind.PARKED, outcome
    changes = fold.changes
    applications = {**known.applications, **changes.applications}
    held: dict[UUID, list[Held]] = {}
    for one in (*(one for many in known.held.values() for one in many), *changes.held.values()):
        if one.entry.id not in changes.released and one.entry.application:
            held.setdefault(one.entry.application, []).append(one)
    for identity, after in changes.applications.items():
        before = known.applications.get(identity)
        earlier = wanted(before.standing, before.state) if before else frozenset()
        asked = {(one.data["ask"], one.data.get("blanko")) for one in changes.steps}
        missing = {(str(one.ask), one.blanko) for one in wanted(after.standing, after.state) - earlier} - asked
        assert not missing, f"wanted and not asked for: {missing}"
    notices = [json.loads(letter.body) for _, letter in changes.letters if letter.exchange == "ektp.notices"]
    return Place(
        Known(
            now=NOON,
            digests={**known.digests, entry.id: entry.digest},
            parked={},
            applications=applications,
            held=held,
            blankos={**known.blankos, **changes.blankos},
            open_niks={one.nik_key: one.id for one in applications.values() if one.state not in END_STATES},
        ),
        _says(notices[-1]) if notices else place.notice,
    )


def _says(notice: dict[str, Any]) -> tuple[Any, ...]:
    data = notice["data"]
    return (notice["type"], data["state"], data["because"], data["whose_move"])


def ends_of_all_orders(entries: Sequence[Entry]) -> tuple[list[Place], int]:
    """Return the different ends of every order of the entries, and how many steps it took to find them.

    Orders that have come to the same place with the same entries go on together, so all of them are walked. At each
    place what was taken in before is repeated: it changes nothing.
    """
    places: dict[frozenset[int], dict[tuple[object, ...], Place]] = {frozenset(): {(): Place()}}
    steps = 0
    for _ in entries:
        further: dict[frozenset[int], dict[tuple[object, ...], Place]] = {}
        for done, found in places.items():
            for place in found.values():
                for number, entry in enumerate(entries):
                    then = taken(place, entry)
                    steps += 1
                    if number in done:
                        assert then.matters == place.matters, "what comes again changes nothing"
                    else:
                        further.setdefault(done | {number}, {}).setdefault(then.matters, then)
        places = further
    (ends,) = places.values()
    return list(ends.values()), steps


def summary(place: Place) -> tuple[object, ...]:
    """Return what must be the same at the end of every order."""
    ((application,), held) = place.known.applications.values(), place.known.held
    return (told(application.standing), application.standing.attempt, application.place, *place.matters, bool(held))


def random_history(seed: int) -> History:
    """Make up what may happen to one application: tries, late successes, deletions, turns, a cancellation."""
    chance = random.Random(seed)
    history, turn, verified = History(100_000 + seed), 0, False
    attempts = chance.choice((1, 1, 2, 2, 3))
    for attempt in range(1, attempts + 1):
        history.recorded(attempt)
        _tries(history, attempt, chance)
        if attempt == attempts or chance.random() < 0.5:
            history.verified(attempt)
            verified = True
        if verified and chance.random() < (0.9 if attempt == attempts else 0.4):
            turn = _turns(history, turn, chance, last=attempt == attempts)
        if attempt < attempts or chance.random() < 0.1:
            history.deleted(attempt)
            if chance.random() < 0.7:
                history.tell("resident-invited", attempt=attempt)
    if chance.random() < 0.25:
        history.tell("application-cancelled", because=chance.choice(("died", "moved-away", "withdrawn")))
    if chance.random() < 0.2:
        history.tell("print-requested", counter="counter1")
    _marked(history, random.Random(seed + 1))
    return history


def _marked(history: History, chance: random.Random) -> None:
    """Let some be urgent, too young or there for a second card: what the queue for print has to know of them."""
    born = chance.choice((None, None, "2012-02-29", "2013-03-01"))
    for event in history.events:
        if event["type"] == "id.ektp.recorded.v1":
            event["data"]["reason"] = chance.choice(("first", "first", "lost", "changed"))
            if chance.random() < 0.2:
                event["data"]["urgent"] = {"because": "operation next week", "approved_by": "Contoh Kepala"}
            if born:
                event["data"]["birth_date"] = born
    if born and chance.random() < 0.5:
        history.tell("print-requested", counter="counter2", married=True)


def _tries(history: History, attempt: int, chance: random.Random) -> None:
    tries = chance.randint(1, 3)
    for try_ in range(1, tries + 1):
        if chance.random() < 0.5:
            status = chance.choice(("PROCESSING", "SENT_FOR_ENROLLMENT", "RECEIVED_AT_CENTRAL"))
            data: dict[str, Any] = {"attempt": attempt, "status": status, "try": try_}
            history.tell("enrolment-progressed", station="centre", **data)
        if try_ < tries or chance.random() < 0.5:
            history.failed("SEARCH_FAILURE_AT_CENTRAL", attempt, try_)
    if chance.random() < 0.4:
        failures = ("ENROLL_FAILURE_AT_REGIONAL", "ENROLL_FAILURE_AT_CENTRAL", "ADJUDICATE_RECORD", "DUPLICATE_RECORD")
        history.failed(chance.choices(failures, (4, 4, 2, 1))[0], attempt, tries)


def _turns(history: History, turn: int, chance: random.Random, *, last: bool) -> int:
    """Give blanko until one is printed for good, or for now; each turn before the next has ended."""
    while True:
        turn += 1
        history.allocated(turn)
        blanko = history.blanko(turn)
        fate = chance.choices(("failed", "voided", "destroyed", "kept"), (2, 2, 1, 3 if last else 0))[0]
        match fate:
            case "failed":
                history.tell("print-failed", station="printer1", blanko=blanko, printer="printer1", cause="ribbon")
            case "voided":
                history.tell("print-voided", station="printer1", blanko=blanko)
            case "destroyed":
                history.printed(turn)
                witnesses = ["Contoh Satu", "Contoh Dua"]
                history.tell("card-destroyed", blanko=blanko, document="BA-1", by=witnesses)
            case _:
                history.printed(turn)
                if chance.random() < 0.6:
                    history.collected(turn)
        if fate == "kept" or turn >= 3 or (not last and chance.random() < 0.7):
            return turn


def orders(history: History, seed: int, count: int, doubled: float = 0.2) -> Iterator[list[int]]:
    """Yield so many random orders of a history's events by their number, some of them twice."""
    chance, numbers = random.Random(seed), range(len(history.events))
    for _ in range(count):
        order = [*numbers, *(one for one in numbers if chance.random() < doubled)]
        chance.shuffle(order)
        yield order
