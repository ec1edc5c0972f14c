"""One request's events in the name of whoever sent them, a batch cut into its items, the words of the pages."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from consumers.registry import Station
from ektp.reading.moves import moves
from ektp.reading.summary import STATES
from ektp.web.access.accounts import Account
from ektp.web.door.batch import cut
from ektp.web.door.body import Body
from ektp.web.door.delivery import Delivery
from ektp.web.problems import status_of
from ektp.web.words import WORDS, number, rows, wanted_language
from schemas.errors import Refused
from schemas.reasons import Reason
from schemas.roles import Role
from schemas.samples import valid_event
from schemas.submission import Submission
from workflows.card_issuance import Party

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


def delivered(station: str | None = None, **headers: str) -> Delivery:
    """Return what reads one structured event of an account."""
    given_headers = Headers({"content-type": "application/cloudevents+json", **headers})
    account = Station(station, Role.STATION, "33.74") if station else None
    return Delivery(given_headers, Account("somebody", account))


def read(event: object, station: str | None = None) -> Submission:
    """Read one structured event of an account."""
    delivery = delivered(station)
    (submission,) = delivery.read(Body(json.dumps(event).encode(), too_large=False))
    return submission


@given(st.lists(JSON, max_size=8), st.sampled_from((None, 1)), st.booleans())
def test_a_batch_is_cut_where_json_has_its_commas(items: list[object], indent: int | None, ascii_only: bool) -> None:
    """Whatever stands in the texts, and however it is spaced."""
    body = f" {json.dumps(items, indent=indent, ensure_ascii=ascii_only)}\n".encode(errors="replace")
    assert [json.loads(item) for item in cut(body)] == json.loads(body)


@given(st.text(alphabet='[]{}",\\a ', max_size=40))
def test_what_is_no_list_is_refused_or_falls_into_pieces_that_are_none(text: str) -> None:
    """Cutting accepts nothing that a reader of JSON would refuse as a whole and accept in each part."""
    try:
        pieces = [json.loads(piece) for piece in cut(text.encode())]
    except (Refused, ValueError):
        return
    assert pieces == json.loads(text)


def test_a_station_speaks_for_itself_alone() -> None:
    """Another's source is refused with 403; for all stations the source is believed."""
    event = valid_event("recorded")
    mine, foreign = read(event, "st337401"), read(event, "st337402")
    assert (mine.sender, mine.refusal) == ("st337401", None)
    assert foreign.refusal is not None
    assert (foreign.sender, foreign.refusal.reason) == ("st337402", Reason.SENDER_NOT_ALLOWED)
    assert foreign.refusal.event_id == event["id"]
    assert status_of(foreign.refusal.reason) == 403
    assert read(event).sender == "st337401"
    assert read({**event, "source": "/stations/st337401/x"}).sender == ""


def test_a_station_says_what_its_role_and_office_may() -> None:
    """Of its own region and about its own day; what it may say has the region as its scope."""
    assert read(valid_event("recorded"), "st337401").scope == "33.74"
    assert read(valid_event("recorded")).scope == ""
    elsewhere = {**valid_event("recorded"), "data": {**valid_event("recorded")["data"], "office": "33.22.10"}}
    day = valid_event("station-day-closed", subject="st337402")
    for forbidden in (valid_event("printed"), valid_event("data-verified"), elsewhere, day):
        refused = read({**forbidden, "source": "/stations/st337401"}, "st337401")
        assert refused.refusal is not None
        assert (refused.event, refused.refusal.reason) == (None, Reason.SENDER_NOT_ALLOWED)
        assert refused.refusal.violation


def test_what_a_station_says_of_itself_is_told_to_the_watch_as_in_a_message() -> None:
    """Its clock and what it has unsent; nothing that cannot be, and nothing in the name of all stations."""
    submission = read(valid_event("recorded"), "st337401")
    told = {"ektp-sent": "2026-02-12T12:00:00Z", "ektp-unsent": "17"}
    (message,) = delivered("st337401", **told).messages([submission])
    assert message.headers == {"ektp-sent": "2026-02-12T12:00:00Z", "ektp-unsent": 17}
    assert message.user_id == "st337401"
    for odd in ({"ektp-unsent": "many"}, {"ektp-unsent": "²"}, {"ektp-sent": "x" * 100}, {}):
        assert delivered("st337401", **odd).messages([submission])[0].headers == {}
    assert delivered(None, **told).messages([submission])[0].headers == {}


def test_a_refused_event_still_has_its_sender() -> None:
    """The account's station, or the one that is named where it can be read."""
    bad = {**valid_event("recorded"), "id": "none"}
    assert read(bad).sender == "st337401"
    assert read(bad, "st337402").sender == "st337402"
    assert read({"source": "/stations/3374106508999001"}).sender == ""
    assert read([]).sender == ""


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("", "id"), ("en", "en"), ("en-US,en;q=0.9,id;q=0.8", "en"), ("fr,in-ID;q=0.4,en;q=0.3", "id"), ("fr", "id"),
     ("*", "id"), ("en;q=x", "id"), (",;,", "id")],
)  # fmt: skip
def test_a_page_is_in_the_language_that_is_asked_for(accepted: str, language: str) -> None:
    """Else in that of the installation."""
    assert wanted_language(accepted, "id") == language


def test_both_languages_have_every_word() -> None:
    """None is empty; states, parties and outcomes have theirs."""
    keys = [key for _, key, *_ in rows()]
    assert sorted(set(keys)) == sorted(keys)
    assert all(words for column in WORDS.values() for words in column.values())
    assert set(STATES) <= WORDS["id"].keys()
    assert {party.value for party in Party} - {"nobody", "office"} <= WORDS["id"].keys()
    assert (number(1234567, "id"), number(1234567, "en")) == ("1.234.567", "1,234,567")


def test_every_open_application_waits_for_somebody() -> None:
    """The parties' counts add up to the open states."""
    states = dict.fromkeys(STATES, 1) | {"re-recording": 0}
    assert moves(None, states).total() == sum(states.values()) - 2  # type: ignore[arg-type]  # nobody has to be asked
