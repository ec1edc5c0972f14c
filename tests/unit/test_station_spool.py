"""The spool keeps what it said it keeps: sealed, in order, through power cuts, full disks and wrong clocks."""

import json
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ektp.station.errors import KeyDiffers, KeyMissing, SpoolFull, SpoolUnusable
from ektp.station.home import StationHome
from ektp.station.parcels import Parcel, Said
from ektp.station.recordings import Recordings
from ektp.station.sealing import Seal, seal_of
from ektp.station.spool import Spool
from tests.histories import event
from tests.station_home import Home, recording

ROOT = Path(__file__).parents[2]
DAY = 86_400.0
RECORD_FOR_EVER = """
import sys
from pathlib import Path
from tests.histories import event
from tests.station_home import Home
home = Home(Path(sys.argv[1]))
while True:
    for one in home.publish(1):
        print(one, flush=True)
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Give an enrolled station."""
    return Home(tmp_path)


def test_nothing_in_the_file_names_a_person(home: Home) -> None:
    """A stolen laptop tells nobody who was recorded."""
    told = recording(name="Contoh Satu")
    with home.spool() as spool:
        Recordings(spool, home.enrolment).record([told], datetime.now(UTC))
    written = b"".join(path.read_bytes() for path in home.at.folder.iterdir())
    assert str(told["nik"]).encode() not in written
    assert b"Contoh" not in written
    assert {oct(path.stat().st_mode & 0o777) for path in home.at.folder.iterdir() if path.suffix != ".db-journal"} == {
        "0o600"
    }


def test_another_key_opens_nothing_and_none_opens_only_the_counts(home: Home) -> None:
    """Each with its own line."""
    home.publish(2)
    with pytest.raises(KeyDiffers):
        Spool(home.at.spool, Seal(b"x" * 32))
    bare = Spool(home.at.spool)
    assert bare.count() == 2
    with pytest.raises(KeyDiffers):
        bare.unsent(0, 10)
    bare.close()
    home.at.kept_key.unlink()
    with pytest.raises(KeyMissing) as missing:
        seal_of(home.at)
    assert "EKTP_STATION_KEY_FILE" in str(missing.value)


def test_a_sealed_row_cannot_be_put_in_the_place_of_another(home: Home) -> None:
    """Swapped rows are damaged rows; the others are read."""
    first, second, third = home.publish(3)
    with sqlite3.connect(home.at.spool) as database:
        database.execute(
            "update events set sealed = (select sealed from events where id = ?) where id = ?", (second, first)
        )
    database.close()
    found = home.asked(lambda spool: spool.unsent(0, 10))
    assert [(one.id, bool(one.body)) for one in found] == [(first, False), (second, True), (third, True)]


def test_a_row_is_done_only_when_it_was_confirmed(home: Home) -> None:
    """And the oldest comes first."""
    ids = home.publish(4)
    with home.spool() as spool:
        spool.answer({ids[0]: Said.CONFIRMED, ids[1]: Said.RETURNED, ids[2]: Said.UNKNOWN}, time.time())
        assert [one.id for one in spool.unsent(0, 10)] == ids[1:]
        assert [one.id for one in spool.unsent(2, 1)] == [ids[2]]


def test_an_answer_that_comes_late_takes_no_confirmation_back(home: Home) -> None:
    """What the centre has it has."""
    (event,) = home.publish(1)
    with home.spool() as spool:
        spool.answer({event: Said.CONFIRMED}, time.time())
        spool.answer({event: Said.RETURNED}, time.time())
        assert spool.count() == 0


def test_rows_stay_thirty_days_after_the_confirmation(home: Home) -> None:
    """And what is unsent stays for ever."""
    first, second = home.publish(2)
    now = time.time()
    with home.spool() as spool:
        spool.forget(now)
        spool.answer({first: Said.CONFIRMED}, now)
        assert [spool.forget(now + days * DAY) for days in (6, 12, 18, 24, 29, 31)] == [0, 0, 0, 0, 0, 1]
        assert [one.id for one in spool.unsent(0, 10)] == [second]


def test_a_clock_set_years_ahead_does_not_empty_the_spool(home: Home) -> None:
    """Nor does one that jumps back: only time that passes counts."""
    (event,) = home.publish(1)
    now = time.time()
    with home.spool() as spool:
        spool.forget(now)
        spool.answer({event: Said.CONFIRMED}, now)
        assert [spool.forget(now + 3000 * DAY + hour) for hour in range(5)] == [0] * 5
        assert spool.forget(now - 3000 * DAY) == 0
        assert spool.send_again(now - 1) == 1


def test_what_the_clock_says_decides_whether_it_is_late() -> None:
    """Older than ten minutes, or spooled at a moment that is yet to come."""
    now = 1_000_000.0
    parcel = Parcel(1, "id", "recorded", now - 599, now - 599, b"x")
    assert not parcel.is_late(now)
    assert parcel.is_late(now + 2)
    assert parcel._replace(occurred=now + 3600, spooled=now + 3600).is_late(now)


def write_for_ever(writer: Recordings) -> None:
    """Record until it fails."""
    while True:
        writer.record([recording(kelurahan="x" * 190)], datetime.now(UTC))


def test_a_full_disk_keeps_what_was_there_and_says_so(home: Home) -> None:
    """The step that found no room leaves nothing half done."""
    home.publish(20)
    pages = home.at.spool.stat().st_size // 4096
    with home.spool(most_pages=pages + 4) as spool:
        writer = Recordings(spool, home.enrolment)
        with pytest.raises(SpoolFull) as full:
            write_for_ever(writer)
        before = spool.count()
        assert before > 20
        assert "make room" in str(full.value)
        assert spool.fact("sequence") == before
    assert home.unsent() == before
    assert len(home.publish(1)) == 1


def test_a_file_that_is_no_spool_is_said_to_be_none(home: Home) -> None:
    """And it is left as it is."""
    home.at.spool.write_bytes(b"not a database, and long enough to look like one" * 100)
    with pytest.raises(SpoolUnusable):
        Spool(home.at.spool)


@pytest.mark.slow
def test_what_was_said_to_be_kept_is_there_after_kill_9(home: Home, tmp_path: Path) -> None:
    """Killed in the middle of writing, five times; every id that was printed is in the spool, and it is whole."""
    printed = list[str]()
    for _ in range(5):
        child = subprocess.Popen(
            [sys.executable, "-c", RECORD_FOR_EVER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        printed += [child.stdout.readline().strip() for _ in range(20)]
        child.kill()
        printed += [line.strip() for line in child.stdout if line.endswith("\n")]
        child.wait()
        child.stdout.close()
        there = {one.id for one in home.asked(lambda spool: spool.unsent(0, 10_000))}
        assert set(printed) <= there
        assert len(there) <= len(printed) + 5
    assert home.asked(lambda spool: spool.ask("pragma integrity_check")) == [("ok",)]


def test_the_numbers_run_without_gaps_and_a_given_one_is_kept(home: Home) -> None:
    """The counter goes on after the highest."""
    with home.spool() as spool:
        writer, now = Recordings(spool, home.enrolment), datetime.now(UTC)
        assert [one.sequence for one in writer.record([recording(), recording()], now)] == [1, 2]
        given = event("0195e0a4-7c1b-7f00-8000-6a6e1f2b3c4d", "recorded", **recording(attempt=1)) | {"sequence": "1042"}
        line = json.dumps(given).encode()
        assert [one.sequence for _, one in writer.publish([(1, line)], now)] == [1042]  # type: ignore[union-attr]
        assert writer.record([recording()], now)[0].sequence == 1043
        assert spool.unsent(2, 1)[0].body == line


def test_the_key_may_be_on_a_stick(tmp_path: Path) -> None:
    """Or in the environment."""
    stick = tmp_path / "stick"
    stick.write_text("a key of the tests that is long enough to be one\n")
    home = StationHome(tmp_path, key_file=stick)
    assert seal_of(home).fingerprint == seal_of(StationHome(tmp_path, key=stick.read_text().strip())).fingerprint
