"""The journal's answers to trouble, over books kept in memory."""

from dataclasses import replace
from uuid import uuid4

import pytest

from consumers.errors import IntakeHalted, JournalUnavailable, StoreAway, StoreRefused
from consumers.journal import Journal
from consumers.outcome import OutcomeKind
from schemas.submission import Door, read_line
from tests.histories import History, happy, recorded_again, submission_of
from tests.memory_books import MemoryBooks, PlainVault
from tests.plain_time import PLAIN


@pytest.fixture
def books() -> MemoryBooks:
    """Give empty books."""
    return MemoryBooks()


@pytest.fixture
def journal(books: MemoryBooks) -> Journal:
    """Give a journal over them that does not really pause."""
    return Journal(books, PlainVault(), PLAIN, pause=lambda _seconds: None)


def kinds(outcomes: object) -> list[str]:
    """Return the outcomes as plain words."""
    return [outcome.outcome.value for outcome in outcomes]  # type: ignore[attr-defined]


def test_a_card_without_trouble_is_applied_event_by_event(journal: Journal, books: MemoryBooks) -> None:
    """Five events, five notices, one version each."""
    history = happy()
    assert kinds(journal.apply(history.submissions())) == ["applied"] * 5
    application = books.applications[history.application]
    assert (application.state, application.version, application.notices) == ("collected", 5, 5)


def test_an_event_is_recognised_for_the_life_of_the_application(journal: Journal, books: MemoryBooks) -> None:
    """A redelivery is a recorded no-op, long after everything is over."""
    history = happy()
    journal.apply(history.submissions())
    assert kinds(journal.apply(history.submissions())) == ["repeated"] * 5
    assert books.tallies["", "event", "repeated"] == 5


def test_events_before_the_recording_are_held_and_released_with_it(journal: Journal, books: MemoryBooks) -> None:
    """Everything came in backwards: four wait, the recording releases them all in its own transaction."""
    history = happy()
    assert kinds(journal.apply(history.submissions()[:0:-1])) == ["held"] * 4
    assert kinds(journal.apply(history.submissions()[:1])) == ["applied"]
    assert books.applications[history.application].state == "collected"
    assert not books.held
    assert books.tallies["", "event", "held"] == 0


def test_a_second_recording_waits_until_the_deletion_is_confirmed(journal: Journal, books: MemoryBooks) -> None:
    """Recording again before the central record is deleted would make a duplicate of the resident."""
    history = recorded_again()
    recorded, failed, deleted, again, *_ = history.submissions()
    outcomes = journal.apply([recorded, failed, again])
    assert kinds(outcomes) == ["applied", "applied", "held"]
    assert outcomes[2].reason == "waits-for-deletion"
    assert books.applications[history.application].state == "deletion-requested"
    journal.apply([deleted])
    assert books.applications[history.application].standing.attempt == 2


def test_a_known_id_with_another_body_is_parked_and_its_redelivery_is_repeated(journal: Journal) -> None:
    """An id is claimed for ever: whoever uses it for something else is told so, once."""
    first, second = History().recorded(), History().recorded()
    second.events[0]["id"] = first.events[0]["id"]
    journal.apply(first.submissions())
    assert [journal.apply(second.submissions())[0].reason for _ in range(2)] == ["id-reused", None]


def test_a_parked_event_claims_no_id(journal: Journal) -> None:
    """A refused event, corrected, may use the id that it had."""
    history = History().recorded()
    bad = {**history.events[0], "data": {**history.events[0]["data"], "office": "nowhere"}}
    refused = read_line(repr(bad).replace("'", '"').encode(), door=Door.CLI, sender="st337401")
    assert kinds(journal.apply([refused, refused])) == ["parked", "repeated"]
    assert kinds(journal.apply(history.submissions())) == ["applied"]


def test_one_guilty_event_is_parked_alone_and_the_rest_of_its_batch_is_applied(
    journal: Journal, books: MemoryBooks
) -> None:
    """A data error of the store halves the batch until the guilty one stands alone."""
    histories = [happy() for _ in range(9)]
    guilty = histories[4].submissions()[1]
    assert guilty.event
    books.refuses[guilty.event.id] = StoreRefused("22021")
    batch = [submission for history in histories for submission in history.submissions()]
    outcomes = journal.apply(batch)
    assert [outcome.reason for outcome in outcomes].count("store-refused") == 1
    assert sum(application.state == "collected" for application in books.applications.values()) == 8


def test_a_store_that_is_away_is_tried_again_and_then_the_batch_is_given_back(
    journal: Journal, books: MemoryBooks
) -> None:
    """Nothing is parked for an outage; what was given back is applied when it is offered again."""
    batch = happy().submissions()
    books.failures = [StoreAway("PostgreSQL 57P01")] * 2
    assert kinds(journal.apply(batch)) == ["applied"] * 5
    books.failures = [StoreAway("PostgreSQL 57P01")] * 5
    other = happy().submissions()
    with pytest.raises(JournalUnavailable):
        journal.apply(other)
    assert not books.parked
    assert kinds(journal.apply(other)) == ["applied"] * 5


def test_five_different_applications_failing_alike_halt_the_intake(journal: Journal, books: MemoryBooks) -> None:
    """That is a bad deploy, not bad data: the fifth stays unacknowledged, and so does all that follows."""
    batch = [History().recorded().submissions()[0] for _ in range(8)]
    for submission in batch:
        assert submission.event
        books.refuses[submission.event.id] = ZeroDivisionError("bug")
    with pytest.raises(IntakeHalted) as halted:
        journal.apply(batch)
    assert halted.value.applications == 5


def test_failures_of_one_application_never_halt_the_intake(journal: Journal, books: MemoryBooks) -> None:
    """One cursed application is parked event by event; the others go on."""
    cursed, fine = happy(), happy()
    for submission in cursed.submissions():
        assert submission.event
        books.refuses[submission.event.id] = ZeroDivisionError("bug")
    outcomes = journal.apply([*cursed.submissions(), *fine.submissions()])
    assert kinds(outcomes)[5:] == ["applied"] * 5
    assert {outcome.reason for outcome in outcomes[:1]} == {"handler-failed"}


def test_the_end_of_one_application_wakes_the_next_of_the_same_nik(journal: Journal, books: MemoryBooks) -> None:
    """The second recording of a resident waits for the end of the first, and no longer."""
    first, second = happy(), happy()
    second.events[0]["data"]["nik"] = first.nik
    journal.apply(first.submissions()[:2])
    outcome = journal.apply(second.submissions()[:1])[0]
    assert (outcome.outcome, outcome.reason) == (OutcomeKind.HELD, "nik-has-open-application")
    journal.apply(first.submissions()[2:])
    assert books.applications[second.application].state == "recorded"
    assert not books.held


def test_another_nik_for_the_same_application_is_parked(journal: Journal) -> None:
    """A second attempt is the same person's: another NIK is a mistake that a person has to see."""
    history = recorded_again()
    history.events[3]["data"]["nik"] = happy().nik
    assert journal.apply(history.submissions())[3].reason == "nik-differs"


def test_a_card_printed_after_a_cancellation_is_called_back(journal: Journal, books: MemoryBooks) -> None:
    """A late fact about a physical thing is superseded, moves the ledger, and asks for the card's destruction."""
    history = History().recorded().verified().allocated().tell("application-cancelled", because="withdrawn").printed()
    assert kinds(journal.apply(history.submissions())) == ["applied"] * 4 + ["superseded"]
    asked = [letter.routing_key for _, letter in books.letters if letter.exchange == "ektp.requests"]
    assert asked == ["print-card.33.74.10", "void-print.33.74.10", "destroy-card.33.74.10"]
    assert books.blankos[history.blanko()].place == "printed"


def test_a_blanko_of_another_application_is_parked(journal: Journal) -> None:
    """One serial, one card."""
    first, second = happy(), History().recorded().verified()
    journal.apply([*first.submissions(), *second.submissions()])
    claim = second.tell("blanko-allocated", station="warehouse", blanko=first.blanko(), office="33.74").events[-1]
    assert journal.apply([submission_of(claim)])[0].reason == "blanko-belongs-to-another"


def test_a_held_event_that_becomes_impossible_is_parked(journal: Journal, books: MemoryBooks) -> None:
    """A print of one blanko waited for its allocation, and the turn was allocated another."""
    history = History().recorded().verified()
    printed = history.tell("printed", station="printer1", blanko="BL-OTHER", printer="printer1", turn=1).events.pop()
    outcome = journal.apply([*history.submissions(), submission_of(printed)])[-1]
    assert (outcome.outcome, outcome.reason) == (OutcomeKind.HELD, "waits-for-allocation")
    journal.apply([submission_of(history.allocated().events[-1])])
    assert not books.held
    assert [row.reason for row in books.parked.values()] == ["blanko-mismatch"]
    assert journal.apply([submission_of(printed)])[0].outcome is OutcomeKind.REPEATED


def test_a_replay_that_fails_again_is_counted_once(journal: Journal, books: MemoryBooks) -> None:
    """It is noted on the item that it was to repair; there is no second parked item."""
    history = recorded_again()
    history.events[3]["data"]["nik"] = happy().nik
    journal.apply(history.submissions())
    (item,) = books.parked
    again = replace(submission_of({**history.events[3], "time": "2026-02-12T13:00:00Z"}), repairs=item)
    assert journal.apply([again])[0].reason == "nik-differs"
    assert books.tallies["", "event", "parked"] == 1


def test_a_replay_of_what_came_in_meanwhile_closes_the_item(journal: Journal, books: MemoryBooks) -> None:
    """The event was applied by another way: the parked item is repaired in the same transaction."""
    history = History().recorded()
    journal.apply(history.submissions())
    item = uuid4()
    assert journal.apply([replace(history.submissions()[0], repairs=item)])[0].outcome is OutcomeKind.REPEATED
    assert books.repaired == {item: "amqp"}
