"""The watch over the stations on a real database: what is seen, what is missed, and what is no matter."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Engine, text

from consumers.front_door import submission_of
from consumers.journal import Journal
from ektp.reading.snapshot import snapshot
from ektp.reading.stations import Asked, stations
from ektp.storage.stations.sightings import PostgresSightings
from tests.station_town import STATION, StationTown, message
from workflows.stations import Thresholds


@pytest.fixture
def town(engine: Engine, open_journal: Callable[[], Journal]) -> StationTown:
    """Give a station that nobody has heard of yet."""
    return StationTown(engine, open_journal())


def seen(engine: Engine, name: str = STATION) -> dict[str, Any]:
    """Return what is known of a station."""
    with snapshot(engine) as connection:
        (one,) = stations(connection, Asked(name=name))
    return one


def test_a_station_is_known_by_what_came_from_it(engine: Engine, town: StationTown) -> None:
    """Its last contact, its newest event, what it says to hold, its clock; told twice it is the same."""
    first = town.recorded(1)
    sent = datetime.now(UTC) + timedelta(seconds=30)
    for _ in range(2):
        town.send(first, ektp_sent=sent.isoformat(), ektp_unsent=40)
    told = seen(engine)
    assert (told["last_contact"], told["last_event"]) == ("2018-02-12T01:00:00Z", "2018-02-12T01:00:00Z")
    assert (told["unsent"], told["missing"], told["registered"], told["office"]) == (40, 0, False, "33.74.10")
    assert 20 <= told["skew"] <= 30
    town.later(minutes=5)
    town.send(town.recorded(2), ektp_sent="nonsense")
    told = seen(engine)
    assert (told["last_contact"], told["unsent"]) == ("2018-02-12T01:05:00Z", 40)


def test_that_somebody_is_still_there_is_not_written_at_every_batch(engine: Engine, town: StationTown) -> None:
    """But everything that tells more is: a number, what it holds, a time by the clock of a quick city."""
    silent = {**town.recorded(1), "sequence": None}
    town.send(silent, ektp_unsent=3)
    with engine.begin() as connection:
        connection.execute(text("update sightings set last_contact = '2018-02-01', unsent = 0"))
    town.send(silent, ektp_unsent=3)
    assert (seen(engine)["last_contact"], seen(engine)["unsent"]) == ("2018-02-01T00:00:00Z", 0)
    town.send(silent, ektp_unsent=2)
    assert (seen(engine)["last_contact"], seen(engine)["unsent"]) == ("2018-02-12T01:00:00Z", 2)
    town.later(hours=1)
    town.send({**town.recorded(1), "sequence": None}, ektp_unsent=2)
    assert seen(engine)["last_contact"] == "2018-02-12T02:00:00Z"


def test_nothing_is_the_matter_with_a_station_that_does_its_work(town: StationTown) -> None:
    """It sends in any order, again and late, closes its day, and opens the next: the watch stays quiet."""
    town.register()
    events = [town.recorded(number) for number in range(1, 13)]
    town.send(*events[6:], *events[:5])
    assert town.watch() == []
    town.later(hours=7)
    town.send(events[5], *events[:3], late=True)
    town.send(town.closed(12, 12))
    assert town.watch() == []
    town.later(hours=17, minutes=30)
    town.send(town.recorded(14))
    assert town.watch() == []
    assert town.open_alerts() == set()
    (answer,) = town.letters("station-day-counted")
    assert answer["data"] == {"date": "2018-02-12", "counted": 12, "arrived": 12, "missing": []}
    assert town.letters("recording-missing") == []


def test_who_goes_silent_is_missed_until_it_speaks(town: StationTown) -> None:
    """One alert, told once, seen at each look, resolved by itself."""
    town.register()
    town.register("st337411", office="33.74.11", silent_after=0)
    town.send(town.recorded(1))
    town.later(hours=23)
    assert town.watch() == []
    town.later(hours=2)
    assert town.watch() == [("station-silent", STATION)]
    assert town.watch() == []
    town.send(town.recorded(2))
    assert town.watch() == []
    assert town.open_alerts() == set()


def test_missing_numbers_are_told_after_an_hour_and_forgotten_when_they_come(engine: Engine, town: StationTown) -> None:
    """Which they are stands in the alert."""
    town.send(town.recorded(1), town.recorded(2), town.recorded(5), town.recorded(9))
    assert town.watch() == []
    town.later(minutes=61)
    assert town.watch() == [("sequence-gap", STATION)]
    assert seen(engine)["missing"] == 5
    with engine.connect() as connection:
        detail = connection.execute(text("select detail from alerts")).scalar_one()
    assert (detail["missing"], detail["numbers"]) == (5, ["3-4", "6-8"])
    town.send(*(town.recorded(number) for number in (3, 4, 6, 7, 8)), late=True)
    town.watch()
    assert town.open_alerts() == set()
    assert seen(engine)["missing"] == 0


def test_a_station_that_does_not_count_one_by_one_fills_nothing_up(engine: Engine, town: StationTown) -> None:
    """Of its gaps the newest two hundred are kept."""
    town.send(*(town.recorded(number) for number in range(1, 1001, 2)))
    town.later(minutes=1)
    town.watch()
    assert seen(engine)["missing"] == 199
    with engine.connect() as connection:
        runs = connection.execute(
            text("select count(*) from (select unnest(arrived) from sightings) as r")
        ).scalar_one()
    assert runs == 200


def test_a_day_that_differs_is_answered_told_and_closed_when_the_rest_has_come(
    engine: Engine, town: StationTown
) -> None:
    """The station hears each change, everybody once; each missing number is a case."""
    events = [town.recorded(number) for number in range(1, 13)]
    town.send(*events[:9], events[11], town.closed(12, 12))
    assert town.watch() == []
    assert town.watch() == []
    town.later(minutes=61)
    differs = ("day-differs", f"{STATION}/2018-02-12")
    missing = {("recording-missing", f"{STATION}#{number}") for number in (10, 11)}
    assert set(town.watch()) == {differs, *missing, ("sequence-gap", STATION)}
    town.later(minutes=1)
    town.send(events[9], events[9])
    assert town.watch() == []
    assert town.open_alerts() == {differs, ("recording-missing", f"{STATION}#11"), ("sequence-gap", STATION)}
    town.send(events[10])
    town.watch()
    assert town.open_alerts() == set()
    answers = town.letters("station-day-counted")
    assert [one["data"]["arrived"] for one in answers] == [10, 11, 12]
    assert [one["data"]["missing"] for one in answers] == [["10", "11"], ["11"], []]
    assert len({one["id"] for one in answers}) == 3
    (notice,) = town.letters("recording-missing")
    assert (notice["subject"], notice["sequence"], notice["data"]["arrived"]) == (STATION, "1", 10)
    assert seen(engine)["last_day"] == {"date": "2018-02-12", "counted": 12, "arrived": 12}


def test_a_closing_that_comes_before_its_recordings_and_one_that_is_corrected(town: StationTown) -> None:
    """A laptop's backlog may take days; of two words about one day the later one counts, whenever it comes."""
    events = [town.recorded(number) for number in (1, 2, 3)]
    wrong, right = town.closed(4, 4, at=town.now), town.closed(3, 3, at=town.now + timedelta(minutes=2))
    town.send(right)
    town.watch()
    town.later(days=3)
    town.send(*events, wrong, late=True)
    town.watch()
    assert town.open_alerts() == set()
    assert [one["data"]["arrived"] for one in town.letters("station-day-counted")] == [0, 3]


def test_a_day_that_was_not_closed_is_missed_the_next_morning(town: StationTown) -> None:
    """Of stations that have an account; the closing ends it, however late."""
    town.register(added=town.now - timedelta(days=1))
    town.register("printer1", role="printer", added=town.now - timedelta(days=1), silent_after=0)
    town.send(town.recorded(1))
    monday = town.now
    town.later(hours=23, minutes=59)
    assert town.watch() == []
    town.later(minutes=1)
    missed = ("day-not-closed", STATION)
    assert town.watch() == [missed]
    town.send(town.recorded(2), town.closed(1, 2))
    town.later(days=1)
    town.watch()
    assert town.open_alerts() == {missed}
    assert days_missed(town.engine) == ["2018-02-12"]
    town.later(days=28)
    town.watch()
    assert days_missed(town.engine)[0] == "2018-02-12", "however long ago"
    assert len(days_missed(town.engine)) == 1 + 10
    town.send(town.closed(1, 1, at=monday))
    town.watch()
    assert "2018-02-12" not in days_missed(town.engine)


def days_missed(engine: Engine) -> list[str]:
    """Return the days of the one alert that says that some were not closed."""
    with engine.connect() as connection:
        question = "select detail->'days' from alerts where rule = 'day-not-closed' and resolved is null"
        return list(connection.execute(text(question)).scalar_one())


def test_clocks_and_backlogs_are_told_of(town: StationTown) -> None:
    """A clock that is ahead at once; what waits on the device from five hundred on."""
    ahead = (datetime.now(UTC) + timedelta(minutes=6)).isoformat()
    town.send(town.recorded(1), ektp_sent=ahead, ektp_unsent=501, late=True)
    assert set(town.watch()) == {("clock-skew", STATION), ("backlog", STATION)}
    town.send(town.recorded(2), ektp_sent=datetime.now(UTC).isoformat(), ektp_unsent=0)
    town.watch()
    assert town.open_alerts() == set()
    behind = (datetime.now(UTC) - timedelta(minutes=6)).isoformat()
    town.send(town.recorded(3), ektp_sent=behind)
    town.send(town.recorded(4), ektp_sent=behind)
    assert town.watch() == [], "it may have waited in a queue; two readings a minute apart would tell"


def test_what_is_parked_as_forged_is_an_alert_until_somebody_has_looked(engine: Engine, town: StationTown) -> None:
    """By sender; who did not sign is called unknown."""
    rows = "(gen_random_uuid(), 'amqp', :sender, 'sender-not-allowed', 'no', '', '')"
    columns = "(id, door, sender, reason, detail, sealed, digest)"
    with engine.begin() as connection:
        for sender in (STATION, STATION, ""):
            connection.execute(text(f"insert into parked {columns} values {rows}"), {"sender": sender})
    assert town.watch() == [("security", "unknown"), ("security", STATION)]
    with engine.begin() as connection:
        connection.execute(text("update parked set state = 'discarded' where sender <> ''"))
    town.watch()
    assert town.open_alerts() == {("security", "unknown")}


def test_many_who_note_and_look_at_once_lose_nothing_and_tell_once(
    engine: Engine, open_journal: Callable[[], Journal]
) -> None:
    """Four intakes with batches of the same stations in different orders, four watches beside them."""
    town = StationTown(engine, open_journal(), Thresholds(patience=timedelta()))
    names = [f"st{number}" for number in range(337401, 337417)]
    told: list[tuple[str, str]] = []
    failures: list[BaseException] = []

    def take_in(part: int) -> None:
        own, journal = PostgresSightings(engine), open_journal()
        order = names if part % 2 else names[::-1]
        for round_ in range(10):
            number = round_ * 4 + part + 1
            messages = [message(town.recorded(number, name)) for name in order]
            submissions = [submission_of(one) for one in messages]
            journal.apply(submissions)
            own.note(messages, submissions)

    def look() -> None:
        for _ in range(10):
            told.extend(town.watch())

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as failure:  # noqa: BLE001 - told below
            failures.append(failure)

    workers = [Thread(target=guarded, args=(lambda part=part: take_in(part),)) for part in range(4)]
    workers += [Thread(target=guarded, args=(look,)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    town.send(*(town.closed(40, 40, name) for name in names))
    town.watch()
    assert town.open_alerts() == set()
    with snapshot(engine) as connection:
        known = stations(connection)
    assert [(one["station"], one["missing"]) for one in known] == [(name, 0) for name in names]
    assert {one["last_day"]["arrived"] for one in known} == {40}
    assert len(town.letters("station-day-counted")) == len(names)
    assert town.letters("recording-missing") == []
