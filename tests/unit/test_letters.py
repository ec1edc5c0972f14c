"""What leaves keeps the models that the outside world relies on."""

import json
from dataclasses import replace
from uuid import uuid4

import pytest
from pydantic import TypeAdapter

from consumers.books import Known
from consumers.entry import entry_of
from consumers.fold import Fold
from schemas.feedback import FEEDBACK
from schemas.notices import NOTICES
from schemas.reasons import Reason
from schemas.requests import REQUESTS
from schemas.submission import Door, read_line
from tests.histories import NOON, History, recorded_again
from tests.memory_books import PlainVault
from tests.plain_time import PLAIN

MODELS = {**NOTICES, **REQUESTS, **FEEDBACK}
TROUBLED = (
    recorded_again(),
    History(91)
    .recorded()
    .failed("SEARCH_FAILURE_AT_CENTRAL")
    .tell("remedy-ordered", station="ops", attempt=1, remedy="resend", because="asked by the centre")
    .verified()
    .allocated()
    .printed()
    .tell("application-cancelled", because="moved-away"),
    History(92).recorded().verified().allocated().tell("application-cancelled", because="withdrawn"),
)


@pytest.mark.parametrize("history", TROUBLED)
def test_every_letter_fits_its_model_and_its_routing_key(history: History) -> None:
    """Fold a history; each letter must validate, strictly, as what its type says it is."""
    vault = PlainVault()
    fold = Fold(Known(NOON, {}, {}, {}, {}, {}, {}), PLAIN)
    for submission in history.submissions():
        fold.take(entry_of(submission, vault))
    assert fold.changes.letters
    for application, letter in fold.changes.letters:
        whole = json.loads(letter.body)
        name = whole["type"].split(".")[2]
        said = TypeAdapter(MODELS[name]).validate_json(letter.body)
        assert letter.routing_key == f"{name}.33.74.10"
        assert whole["subject"] == str(application)
        assert str(letter.id) == whole["id"] == str(said.id)
        assert history.nik not in letter.body.decode()


def test_a_station_is_told_why_its_event_was_parked() -> None:
    """A refused event of a known sender sends a word back, without any of its content."""
    refused = read_line(b'{"specversion": "1.0"}', door=Door.AMQP, sender="st337401")
    fold = Fold(Known(NOON, {}, {}, {}, {}, {}, {}), PLAIN)
    fold.refuse(refused, PlainVault().digest(refused.body))
    ((_, letter),) = fold.changes.letters
    assert letter.routing_key == "event-parked.st337401"
    assert json.loads(letter.body)["data"]["reason"] == "missing-attribute"
    TypeAdapter(MODELS["event-parked"]).validate_json(letter.body)


def test_a_station_is_told_when_its_parked_event_is_taken_in_after_all() -> None:
    """A replay that is applied closes the matter for the station, by the same parked id."""
    vault = PlainVault()
    history = History().recorded()
    (good,) = history.submissions()
    parked = uuid4()
    entry = entry_of(replace(good, repairs=parked), vault)
    fold = Fold(Known(NOON, {}, {parked: Reason.BAD_OFFICE}, {}, {}, {}, {}), PLAIN)
    fold.take(entry)
    letters = {letter.routing_key: letter for _, letter in fold.changes.letters}
    told = json.loads(letters["event-repaired.st337401"].body)["data"]
    assert told == {"event": str(entry.id), "parked": str(parked), "reason": "bad-office"}
    assert fold.changes.repaired == {parked: "amqp"}
