"""What is parked, in groups: by cause and by one thing alone, with what is new and what people say about it."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from consumers.journal import Journal
from ektp.reading.causes import By, group, groups
from ektp.reading.errors import Unknown
from ektp.reading.snapshot import snapshot
from ektp.storage.engine import transaction
from ektp.storage.people.audit import Chain
from ektp.storage.releases import last_deploy, note_release
from ektp.storage.repairs import parked_groups, parking
from tests.audit_key import AUDIT_KEY
from tests.command_line import CommandLine
from tests.histories import History
from tests.parking_town import came_in, misspelt, park

NIK = "3374106508999001"
CHAIN = Chain(lambda: AUDIT_KEY)


@pytest.fixture
def journal(open_journal: Callable[[], Journal]) -> Journal:
    """Give a journal."""
    return open_journal()


def counted(engine: Engine, by: By = By.CAUSE) -> list[tuple[str | None, int]]:
    """Return reason or name, and how many are open, of each group."""
    with snapshot(engine) as connection:
        name = "reason" if by is By.CAUSE else by.value
        return [(one[name], one["open"]) for one in groups(connection, by)]


def test_what_failed_alike_is_one_group_by_station_and_office(engine: Engine, journal: Journal) -> None:
    """The same fault at two stations has two causes to look for; and every other grouping adds up to the same."""
    short = History().recorded().events[0]
    park(journal, [misspelt(station="st337401") for _ in range(3)] + [misspelt(station="st337402")])
    park(journal, [{**short, "data": {**short["data"], "nik": "123"}}])
    assert counted(engine) == [("bad-data", 3), ("bad-data", 1), ("bad-nik", 1)] or counted(engine) == [
        ("bad-data", 3),
        ("bad-nik", 1),
        ("bad-data", 1),
    ]
    assert counted(engine, By.REASON) == [("bad-data", 4), ("bad-nik", 1)]
    assert counted(engine, By.STATION) == [("st337401", 4), ("st337402", 1)]
    assert counted(engine, By.OFFICE) == [("33.74.10", 5)]
    assert counted(engine, By.TYPE) == [(None, 5)]
    with snapshot(engine) as connection:
        first = groups(connection)[0]
    assert (first["stage"], first["station"], first["office"]) == ("reader", "st337401", "33.74.10")
    assert first["oldest"] <= first["newest"]


def test_a_cause_is_new_when_it_was_never_seen_before_the_release_was_started(engine: Engine, journal: Journal) -> None:
    """Closed items count: what came back is not new, but what came since is counted."""
    park(journal, [misspelt(station="st337401")])
    with transaction(engine) as connection:
        (closed,) = [row[0] for row in connection.execute("select id from parked")]
    parking.discard(engine, [closed], by="somebody", because="a test")
    note_release(engine, "1.0.0")
    note_release(engine, "1.0.0")
    park(journal, [misspelt(station="st337401"), misspelt(station="st337402")])
    with snapshot(engine) as connection:
        found = {one["station"]: (one["new"], one["since_deploy"]) for one in groups(connection)}
        deploy = last_deploy(connection)
    assert found == {"st337401": (False, 1), "st337402": (True, 1)}
    assert deploy is not None
    assert deploy[0] == "1.0.0"


def test_what_people_say_stays_with_the_group(engine: Engine, journal: Journal) -> None:
    """Owner, mute and notes; a muted group comes last, and a NIK that somebody writes down is masked."""
    park(journal, [misspelt(station="st337401"), misspelt(station="st337401"), misspelt(station="st337402")])
    with snapshot(engine) as connection:
        name = groups(connection)[0]["group"]
    parked_groups.own(engine, CHAIN, name, "Contoh Petugas", by="somebody")
    parked_groups.mute(engine, CHAIN, name, muted=True, by="somebody")
    parked_groups.note(engine, CHAIN, name, f"asked the station about {NIK}", by="somebody")
    with snapshot(engine) as connection:
        told = group(connection, name)
        assert [one["muted"] for one in groups(connection)] == [False, True]
        with pytest.raises(Unknown):
            group(connection, "000000000000")
    assert (told["owner"], told["muted"], len(told["notes"])) == ("Contoh Petugas", True, 1)
    assert NIK not in str(told)
    parked_groups.mute(engine, CHAIN, name, muted=False, by="somebody")
    parked_groups.own(engine, CHAIN, name, None, by="somebody")
    with snapshot(engine) as connection:
        told = group(connection, name)
    assert (told["owner"], told["muted"]) == (None, False)


def test_the_groups_are_looked_after_at_the_keyboard(ektp: CommandLine) -> None:
    """Counted in five ways; owned, muted, noted; a group that is not there is exit code 1."""
    assert ektp("parked", "groups").out == "nothing is parked\n"
    assert ektp("parked", "groups", "--by", "moon").code == 2
    ektp("apply", ektp.file(misspelt(), b"{"))
    for by in ("cause", "reason", "station", "office", "type", "version"):
        assert sum(one["open"] for one in ektp.ask("parked", "groups", "--by", by)) == 2
        assert ektp("parked", "groups", "--by", by).code == 0
    (name,) = [one["group"] for one in ektp.ask("parked", "groups", "--by", "cause") if one["reason"] == "bad-data"]
    assert ektp("parked", "own", name, "--owner", "Contoh Petugas").code == 0
    assert ektp("parked", "mute", name).code == 0
    assert ektp("parked", "note", name, "a new printer driver", "--by", "somebody").code == 0
    shown = ektp("parked", "groups", "--by", "cause").out
    assert all(word in shown for word in ("Contoh Petugas", "muted", "somebody: a new printer driver"))
    assert ektp("parked", "own", name, "--nobody").code == 0
    assert ektp("parked", "mute", name, "--off").code == 0
    assert ektp("parked", "own", "000000000000").code == 1


def test_a_message_whose_type_was_read_has_its_version(engine: Engine, journal: Journal) -> None:
    """What the rules refuse was understood before."""
    told = History().recorded().events[0]
    journal.apply([came_in(told)])
    other = History().recorded().events[0]
    park(journal, [{**other, "subject": told["subject"]}])
    with snapshot(engine) as connection:
        (found,) = groups(connection)
    assert (found["stage"], found["reason"], found["version"]) == ("rules", "nik-differs", "v1")
