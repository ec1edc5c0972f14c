"""Something is broken in a simulated city: nothing is lost, nothing doubled, somebody notices, and it is remedied."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Engine, text

from ektp.reading.snapshot import snapshot
from ektp.reading.truth import Alerts, Sign, first_alert, first_message, known, lasting, told_twice
from ektp.storage.engine import transaction
from ektp.web.breaking import Broken, Kind, Trace
from tests.broken_city import BrokenCity, broken_city
from tests.conftest import Eventually
from tests.histories import NOON, happy
from tests.simulated import journal_on

WEDNESDAY: Final = 3


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Iterator[BrokenCity]:
    """Give a city that has not begun to live."""
    with broken_city(database_url, tmp_path) as made:
        yield made


def broken(town: BrokenCity, kind: Kind) -> tuple[Broken, Trace, Trace]:
    """Break one thing on Wednesday morning; return it with how it was noticed and remedied, once all of that is true.

    Nothing lost, nothing double, an honest store, and everything in its order.
    """
    one = town.live(WEDNESDAY, kind)[kind]
    truth = town.breaking.told()
    assert (one.lost, one.under_way, truth.double, one.over, one.by) == (0, 0, 0, True, "siti")
    assert one.said > 0 < truth.checked
    assert town.wrong() == []
    assert one.noticed is not None
    assert one.remedy is not None
    assert one.since is not None
    assert one.since <= one.noticed.at <= one.remedy.at
    return one, one.noticed, one.remedy


@pytest.mark.slow
def test_a_consumer_that_is_killed_is_started_again_and_its_batch_comes_again(town: BrokenCity) -> None:
    """Committed and not acknowledged: what comes again is recognised; it is noticed in the very hour."""
    one, noticed, remedy = broken(town, Kind.CONSUMER)
    assert (noticed.name, remedy.name, remedy.link) == ("part-died", "started-again", "/queues")
    assert noticed.days < 1 > remedy.days
    assert int(one.did["repeated"]) > 0


@pytest.mark.slow
def test_a_silent_centre_is_noticed_by_the_deadlines_and_asked_again(town: BrokenCity) -> None:
    """Within the three working days that no news may last; what it withheld comes afterwards."""
    one, noticed, remedy = broken(town, Kind.CENTRE)
    assert (noticed.by, noticed.name) == ("deadline", "no-news")
    assert 0 < noticed.days <= 3
    assert (remedy.by, remedy.name) == ("letter", "resend-packet")
    assert remedy.days <= 3
    assert remedy.link.startswith("/applications/")
    assert int(one.did["withheld"]) > 20


@pytest.mark.slow
def test_an_empty_store_is_noticed_by_those_who_wait_and_they_get_a_letter(town: BrokenCity) -> None:
    """After the four working days for which one may wait; every blanko that was taken is in its place again."""
    one, noticed, remedy = broken(town, Kind.BLANKO)
    assert (noticed.by, noticed.name) == ("deadline", "waiting-for-blanko")
    assert 4 <= noticed.days <= 6
    assert (remedy.by, remedy.name) == ("letter", "suket-issued")
    assert remedy.days <= 6
    with town.made.engine.connect() as connection:
        moved = connection.scalars(text(
            "select count(*) from movements join history on history.id = movements.event"
            " where history.type = 'id.ektp.blanko-moved.v1' and movements.to_place = :place"
        ).bindparams(place="returned")).one()  # fmt: skip
        away = connection.scalars(text("select count(*) from blanko where place = 'returned'")).one()
    assert (moved, away) == (one.did["taken"], 0)


@pytest.mark.slow
def test_what_comes_again_by_the_thousand_is_recognised(town: BrokenCity) -> None:
    """All of it, within the hour."""
    one, noticed, remedy = broken(town, Kind.DUPLICATES)
    assert (noticed.name, remedy.name) == ("recognised", "set-aside")
    assert remedy.days < 1
    assert int(one.did["repeated"]) >= int(one.did["sent"]) >= 3000


@pytest.mark.slow
def test_a_station_that_is_cut_is_noticed_when_it_is_silent_and_everything_comes_late(town: BrokenCity) -> None:
    """After eight working hours; all that it kept is taken in when the line is back, and the alert closes by itself."""
    one, noticed, remedy = broken(town, Kind.STATION)
    assert (noticed.by, noticed.link) == ("alert", "/alerts?rule=station-silent")
    assert noticed.days == pytest.approx(8 / 7, abs=0.2)
    assert (remedy.by, remedy.link) == ("station", f"/stations/{one.did['station']}")
    assert 5 <= remedy.days < 5.5
    assert int(one.did["kept"]) >= 10


@pytest.mark.slow
def test_everything_at_once_loses_nothing(town: BrokenCity) -> None:
    """Five on one morning; a second one of a kind waits until the first is over, and after the end nothing begins."""
    lived = town.live(WEDNESDAY, *Kind, Kind.CENTRE)
    assert len(town.breaking.told().broken) == len(lived) == len(Kind)
    assert {kind: (one.lost, one.over) for kind, one in lived.items()} == dict.fromkeys(Kind, (0, True))
    # While the centre is silent nobody comes to wait for a blanko, so nobody misses one.
    unnoticed = {kind for kind, one in lived.items() if not (one.noticed and one.remedy)}
    assert unnoticed <= {Kind.BLANKO}
    truth = town.breaking.told()
    assert (truth.double, truth.alive) == (0, False)
    assert town.wrong() == []
    town.breaking.start(Kind.CONSUMER, "siti")
    assert len(town.breaking.told().broken) == len(Kind)


@pytest.mark.slow
def test_what_goes_missing_and_what_is_told_twice_is_counted(town: BrokenCity, eventually: Eventually) -> None:
    """One row taken out of the store, one letter put in once more: 1 lost, and not 0 double."""
    town.live(WEDNESDAY, Kind.DUPLICATES)
    one_of_them = town.city.said.ids(0)[0]
    with transaction(town.made.engine) as connection:
        connection.execute("delete from history where id = %s", [one_of_them])
        connection.execute(
            "insert into outbox (id, application, slot, exchange, routing_key, body, sent)"
            " select gen_random_uuid(), application, slot, exchange, routing_key, body, now() from outbox"
            " where routing_key like 'application-collected.%' limit 1"
        )
    eventually(lambda: town.breaking.told().double > 0)
    assert [one.lost for one in town.breaking.told().broken] == [1]


def test_a_store_knows_what_was_applied_held_and_parked_and_tells_each_fact_once(engine: Engine) -> None:
    """And nothing else."""
    history, journal = happy(), journal_on(engine)
    journal.apply(history.submissions())
    ids = [one.event.id for one in history.submissions() if one.event is not None]
    with snapshot(engine) as connection:
        assert known(connection, ids) == len(ids) > 0
        assert known(connection, [history.application]) == 0
        assert told_twice(connection) == (5, 0)


def test_the_first_alert_and_its_first_message_are_signs(engine: Engine) -> None:
    """Of the rules and things that were asked for, and not before; one that is over lasts no more."""
    asked, later = Alerts(("station-silent",), ("st337410",)), NOON + timedelta(hours=2)
    add = "insert into alerts (rule, about, station, opened) values (%s, 'st337410', 'st337410', %s) returning id"
    tell = (
        "insert into alert_messages (id, alert, receiver, what, letter, planned)"
        " values (%s, %s, 'desk', 'opened', %s, %s)"
    )
    with transaction(engine) as connection:
        connection.execute(add, ["sequence-gap", NOON])
        (row,) = connection.execute(add, ["station-silent", later]).fetchall()
        connection.execute(tell, [row[0], row[0], row[0], later])
    with snapshot(engine) as connection:
        assert first_alert(connection, NOON, asked) == Sign("alert", "station-silent", "st337410", later)
        assert first_alert(connection, later + timedelta(hours=1), asked) is None
        assert first_message(connection, NOON, asked) == Sign("message", "station-silent", "desk", later)
        assert lasting(connection, NOON, asked) == 1
    with transaction(engine) as connection:
        connection.execute("update alerts set resolved = opened")
    with snapshot(engine) as connection:
        assert lasting(connection, NOON, asked) == 0
