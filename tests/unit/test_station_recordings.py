"""What a station may put into its spool, and what it is told where it may not."""

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from ektp.station.recordings import Kept, Recordings, day_of
from ektp.station.spool import Spool
from schemas.errors import Refused
from schemas.reasons import Reason
from tests.histories import event
from tests.station_home import STATION, Home, recording
from workflows.resi import application_of, mark_of, resi_of

NOW = datetime(2026, 2, 12, 18, 30, tzinfo=UTC)  # the 13th at the office


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Give an enrolled station."""
    return Home(tmp_path)


def stored(spool: Spool) -> list[dict[str, object]]:
    """Return the events of a spool."""
    return [json.loads(one.body) for one in spool.unsent(0, 100)]


def test_a_recording_is_a_whole_event_of_the_station(home: Home) -> None:
    """With an application whose resi names the station, at the office's time."""
    with home.spool() as spool:
        (kept,) = Recordings(spool, home.enrolment).record([recording()], NOW)
        (wire,) = stored(spool)
    assert kept.told()["resi"] == resi_of(UUID(kept.subject))
    assert str(kept.told()["resi"]).startswith(mark_of(STATION))
    assert (wire["source"], wire["sequence"], wire["time"]) == (
        f"/stations/{STATION}", "1", "2026-02-13T01:30:00.000+07:00",
    )  # fmt: skip


def test_the_mark_of_a_station_is_three_letters_for_ever() -> None:
    """It is printed on receipts: another definition would name another station."""
    assert (mark_of("st337401"), mark_of("st337402")) == ("XEF", "YDQ")
    start = uuid4()
    found = application_of("st337402", start)
    assert resi_of(found)[:3] == mark_of("st337402")
    assert (found.version, found.variant) == (start.version, start.variant)


def test_one_recording_that_cannot_be_keeps_all_out(home: Home) -> None:
    """The file is corrected and recorded again as a whole: nobody is recorded twice."""
    with home.spool() as spool:
        with pytest.raises(Refused) as refused:
            Recordings(spool, home.enrolment).record([recording(), recording(nik="3374109902990001")], NOW)
        assert refused.value.reason is Reason.BAD_NIK
        assert refused.value.detail.startswith("recording 2: ")
        assert "3374109902990001" not in str(refused.value)
        assert spool.count() == 0
        assert Recordings(spool, home.enrolment).record([recording()], NOW)[0].sequence == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"source": "/stations/st999999"}, Reason.SENDER_NOT_ALLOWED),
        ({"type": "id.ektp.data-verified.v1", "data": {"attempt": 1}}, Reason.SENDER_NOT_ALLOWED),
        ({"data": {**recording(attempt=1), "office": "32.73.10"}}, Reason.SENDER_NOT_ALLOWED),
        ({"data": {"attempt": 1}}, Reason.BAD_DATA),
        ({"time": "yesterday"}, Reason.BAD_TIME),
    ],
)
def test_an_event_that_is_not_the_stations_to_say_is_refused(
    home: Home, change: dict[str, object], reason: Reason
) -> None:
    """The line before and the one after it are kept."""
    good = [json.dumps(event(uuid4(), "recorded", **recording(attempt=1))).encode() for _ in range(2)]
    bad = json.dumps(event(uuid4(), "recorded", **recording(attempt=1)) | change).encode()
    with home.spool() as spool:
        became = dict(Recordings(spool, home.enrolment).publish([(1, good[0]), (2, bad), (5, good[1])], NOW))
        assert isinstance(became[1], Kept)
        assert isinstance(became[5], Kept)
        assert isinstance(refused := became[2], Refused)
        assert refused.reason is reason
        assert spool.count() == 2


def test_a_file_that_is_published_again_is_known(home: Home) -> None:
    """Also where the first time ended in the middle; another event of the same id is refused."""
    told = event(uuid4(), "recorded", **recording(attempt=1))
    other = {**told, "data": recording(attempt=1)}
    with home.spool() as spool:
        writer = Recordings(spool, home.enrolment)
        for again in (False, True):
            ((_, kept),) = writer.publish([(1, json.dumps(told).encode())], NOW)
            assert isinstance(kept, Kept)
            assert (kept.sequence, kept.again) == (1, again)
        ((_, refused),) = writer.publish([(1, json.dumps(other).encode())], NOW)
        assert isinstance(refused, Refused)
        assert refused.reason is Reason.ID_REUSED


def test_a_later_attempt_names_the_application_of_the_first(home: Home) -> None:
    """A new one would be another person's card."""
    first = uuid4()
    with home.spool() as spool:
        writer = Recordings(spool, home.enrolment)
        with pytest.raises(Refused):
            writer.record([recording(attempt=2)], NOW)
        assert writer.record([recording(attempt=2)], NOW, first)[0].subject == str(first)


def test_the_office_is_the_stations_own_where_none_is_given(tmp_path: Path) -> None:
    """It is the one it belongs to."""
    home = Home(tmp_path, office="33.74.10")
    told = recording()
    del told["office"]
    with home.spool() as spool:
        Recordings(spool, home.enrolment).record([told], NOW)
        data = stored(spool)[0]["data"]
    assert isinstance(data, dict)
    assert data["office"] == "33.74.10"


def test_a_day_is_closed_with_what_was_recorded_on_it(home: Home) -> None:
    """By the office's date, not by that of Greenwich; its own number comes after the last that it tells of."""
    with home.spool() as spool:
        writer = Recordings(spool, home.enrolment)
        writer.record([recording()], datetime(2026, 2, 12, 16, 59, tzinfo=UTC))
        writer.record([recording(), recording()], NOW)
        kept, count = writer.close_day(writer.today(NOW), NOW)
        closing = stored(spool)[-1]
    assert (count, kept.sequence) == (2, 4)
    assert closing["subject"] == STATION
    assert closing["data"] == {"date": "2026-02-13", "count": 2, "last_sequence": "3"}


def test_a_day_that_can_no_longer_be_counted_is_not_closed() -> None:
    """Its rows may be gone; nor is a day that is yet to come."""
    today = NOW.date()
    assert day_of("2026-02-01", today).day == 1
    for wrong in ("2026-01-01", "2026-02-14", "tomorrow"):
        with pytest.raises(ValueError):  # noqa: PT011 - it has no text
            day_of(wrong, today)
