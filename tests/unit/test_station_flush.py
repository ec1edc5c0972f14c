"""The loop of a flush, over a way that answers as it is told to."""

import json
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event, Thread
from uuid import uuid4

import pytest

from ektp.station.amqp_way import refuses_the_account
from ektp.station.errors import CentreAway, FlushRunning
from ektp.station.feedback import sentence, word_of
from ektp.station.flushing import alone
from ektp.station.parcels import Carried, Parcel, Said, Word
from tests.conftest import Eventually
from tests.station_home import Home

Answer = Callable[[Sequence[Parcel]], Carried]


def confirmed(parcels: Sequence[Parcel]) -> Carried:
    """Take everything."""
    return Carried({one.id: Said.CONFIRMED for one in parcels})


def away(_parcels: Sequence[Parcel]) -> Carried:
    """Not be there."""
    raise CentreAway("nothing listens there")


def all_are(said: Said, trouble: str = "") -> Answer:
    """Say the same of everything."""
    return lambda parcels: Carried({one.id: said for one in parcels}, trouble)


class ToldWay:
    """A Way: answers one after the other, the last of them for ever."""

    largest = 1000

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.carried: list[list[str]] = []
        self.says: list[Word] = []

    def carry(self, parcels: Sequence[Parcel], unsent: int) -> Carried:
        """Answer."""
        assert unsent >= len(parcels)
        self.carried.append([one.id for one in parcels])
        return (self._answers.pop(0) if len(self._answers) > 1 else self._answers[0])(parcels)

    def words(self, most: int) -> Sequence[Word]:
        """Say what there is to be said, until it was heard."""
        return tuple(self.says)

    def heard(self) -> None:
        """Say it no more."""
        self.says.clear()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Give an enrolled station."""
    return Home(tmp_path)


def test_after_a_failure_it_begins_with_one_event_and_grows(home: Home) -> None:
    """So that little is sent twice, however long the trouble lasts."""
    ids = home.publish(100)
    way = ToldWay(away, all_are(Said.UNKNOWN, "lost"), confirmed)
    assert home.flush(way).confirmed == 100
    assert [len(some) for some in way.carried] == [100, 1, 1, 4, 16, 64, 15]
    assert [one for some in way.carried[2:] for one in some] == ids


def test_the_same_trouble_is_told_once(home: Home) -> None:
    """Not once for each try."""
    home.publish(3)
    way = ToldWay(away)
    report = home.flush(way, patience=1.0)
    assert report.away == "nothing listens there"
    assert len(home.said) == 1
    assert 2 < len(way.carried) < 10
    assert home.unsent() == 3


def test_what_is_returned_is_tried_once_in_a_flush(home: Home) -> None:
    """All others pass it."""
    ids = home.publish(10)

    def one_returned(parcels: Sequence[Parcel]) -> Carried:
        return Carried({one.id: Said.RETURNED if one.id == ids[0] else Said.CONFIRMED for one in parcels})

    way = ToldWay(one_returned)
    report = home.flush(way)
    assert (report.confirmed, report.returned, len(way.carried)) == (9, 1, 1)


def test_an_account_that_may_say_nothing_is_told_after_five(home: Home) -> None:
    """Not after every one of thousands."""
    home.publish(50)
    way = ToldWay(away, all_are(Said.REFUSED, "the broker refuses an event (403)"))
    report = home.flush(way)
    assert report.refused == 5
    assert "ask the centre" in report.away
    assert home.unsent() == 50


def test_a_wait_that_is_longer_than_the_patience_ends_it(home: Home) -> None:
    """The centre asks for five minutes: nobody sits before a flush for that long."""
    home.publish(3)
    way = ToldWay(lambda parcels: Carried({one.id: Said.NOT_NOW for one in parcels}, "too much at once", pause=300))
    report = home.flush(way, patience=60)
    assert (report.away, len(way.carried)) == ("too much at once", 1)


def test_a_damaged_row_holds_nobody_up(home: Home) -> None:
    """It is named, kept, and never sent."""
    ids = home.publish(3)
    with sqlite3.connect(home.at.spool) as database:
        database.execute("update events set sealed = zeroblob(200) where id = ?", (ids[1],))
    database.close()
    way = ToldWay(confirmed)
    report = home.flush(way)
    assert way.carried == [[ids[0], ids[2]]]
    assert (report.confirmed, report.refused, home.unsent()) == (2, 1, 1)
    assert any(ids[1] in line and "damaged" in line for line in home.said)


def wanted(since: str) -> Word:
    """Return the word of a centre that was restored."""
    return Word(str(uuid4()), "events-wanted", "2018-02-12T08:00:00Z", {"since": since})


def test_what_a_restored_centre_wants_goes_again_in_the_same_flush(home: Home) -> None:
    """Once: a word that comes twice is no second wish; and one that cannot be read is none."""
    ids, way = home.publish(5), ToldWay(confirmed)
    way.says = [wish := wanted("2018-01-01T00:00:00Z")]
    assert home.flush(way).confirmed == 10
    assert way.carried == [ids, ids]
    assert home.heard == [wish]
    way.says = [wish, wanted("2999-01-01T00:00:00Z"), wanted("yesterday"), wanted("2018-01-01")]
    assert home.flush(way).confirmed == 0
    assert len(way.carried) == 2


def test_a_wish_outlives_a_flush_that_is_cut_off(home: Home) -> None:
    """What is wanted is unsent from the moment the wish was kept."""
    ids, way = home.publish(5), ToldWay(confirmed, away)
    way.says = [wanted("2018-01-01T00:00:00Z")]
    assert home.flush(way, patience=0.2).away
    assert home.unsent() == 5
    again = ToldWay(confirmed)
    assert home.flush(again).confirmed == 5
    assert again.carried == [ids]


def test_following_it_sends_what_comes_and_ends_when_told(home: Home, eventually: Eventually) -> None:
    """Also after the centre was away for longer than its patience."""
    home.publish(1)
    way, stopping = ToldWay(away, away, confirmed), Event()
    flushing = Thread(target=lambda: home.flush(way, stopping=stopping, follow=True, patience=0.1))
    flushing.start()
    try:
        eventually(lambda: home.unsent() == 0)
        home.publish(2)
        eventually(lambda: home.unsent() == 0)
    finally:
        stopping.set()
        flushing.join()
    assert sum(map(len, way.carried)) == 5


def test_a_second_flush_is_told_that_one_is_running(home: Home) -> None:
    """They would send everything twice."""
    with alone(home.at.flush_lock), pytest.raises(FlushRunning), alone(home.at.flush_lock):
        pass
    with alone(home.at.flush_lock):
        assert time.monotonic() > 0


@pytest.mark.parametrize(
    ("kind", "data", "told"),
    [
        ("event-parked", {"event": "e", "reason": "bad-nik", "detail": "no"}, "event e was parked: bad-nik, no"),
        ("event-repaired", {"event": "e", "reason": "bad-nik"}, "event e was repaired and taken in"),
        (
            "station-day-counted",
            {"date": "2018-02-12", "counted": 212, "arrived": 212},
            "Monday 12 February: 212 of 212 arrived",
        ),
        (
            "station-day-counted",
            {"date": "2018-02-12", "counted": 212, "arrived": 211, "missing": [1042]},
            "Monday 12 February: 211 of 212 arrived; missing are the numbers 1042",
        ),
        ("a-word-of-next-year", {}, None),
    ],
)
def test_what_the_centre_says_is_one_sentence(kind: str, data: dict[str, object], told: str | None) -> None:
    """A word that this release does not know is kept and not shown."""
    assert sentence(Word("id", kind, "2018-02-12T08:00:00Z", data)) == told


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"id":1}', json.dumps({"id": "x", "data": {}}).encode()])
def test_what_is_no_word_is_none(body: bytes) -> None:
    """And nothing is raised."""
    assert word_of(body) is None


def test_a_line_cut_while_it_opens_is_no_refusal_of_the_account() -> None:
    """Pika calls it a probable one; giving up for good over it would need a person where patience is enough."""
    cut = "ProbableAuthenticationError: StreamLostError: ('Stream connection lost: ConnectionResetError(104)',)"
    refused = "ProbableAuthenticationError: ConnectionClosedByBroker: (403) 'ACCESS_REFUSED - Login was refused'"
    assert not refuses_the_account(cut)
    assert refuses_the_account(refused)
