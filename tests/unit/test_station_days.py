"""A day that a station closed, compared with what arrived of it."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

import pytest

from workflows.station_days import Answer, Day, answer, day_findings
from workflows.stations import DIFFERS, MISSING, Thresholds

CLOSED: Final = datetime(2018, 2, 12, 8, tzinfo=UTC)
DAY: Final = Day("st337410", date(2018, 2, 12), "33.74.10", CLOSED, 12, 112, 100, 10, 1)


@pytest.mark.parametrize(
    ("day", "arrived", "missing"),
    [
        (DAY, [(1, 105), (106, 112)], (105, 112)),
        (DAY._replace(arrived=12), [(1, 113)], ()),
        (DAY._replace(arrived=13), [(1, 114)], ()),
        (DAY._replace(before=None), [(101, 105), (106, 112)], (105, 112)),
        (DAY._replace(arrived=0), [], tuple(range(101, 113))),
        (DAY._replace(arrived=0, last_sequence=5, counted=12, before=None), [], tuple(range(6))),
        (DAY._replace(arrived=0, counted=900, last_sequence=1000), [], tuple(range(101, 201))),
        (DAY, [(101, 103)], ()),
        (DAY._replace(last_sequence=40), [(1, 200)], ()),
    ],
)
def test_what_is_missing_is_named_where_numbers_tell(
    day: Day, arrived: list[tuple[int, int]], missing: tuple[int, ...]
) -> None:
    """Up to a hundred; where fewer numbers came than recordings nobody can say which are missing."""
    assert answer(day, arrived) == Answer(day.counted, day.arrived, missing)


def test_a_day_differs_only_when_its_recordings_had_time_to_come() -> None:
    """The closing may overtake them by an hour; then each number is a case of its own."""
    said, hour = answer(DAY, [(1, 105), (106, 112)]), timedelta(hours=1)
    assert list(day_findings(DAY, said, CLOSED + hour - timedelta(seconds=1), Thresholds())) == []
    found = [(one.rule, one.about) for one in day_findings(DAY, said, CLOSED + hour, Thresholds())]
    assert found == [
        (DIFFERS, "st337410/2018-02-12"),
        (MISSING, "st337410#105"),
        (MISSING, "st337410#112"),
    ]
    (differs, *_) = day_findings(DAY, said, CLOSED + hour, Thresholds())
    assert differs.detail == {"date": "2018-02-12", "counted": 12, "arrived": 10, "parked": 1}


def test_a_day_on_which_everything_arrived_is_no_matter() -> None:
    """212 of 212; and more than were counted is one, for somebody counted wrong."""
    whole = Answer(12, 12, ())
    assert list(day_findings(DAY, whole, CLOSED + timedelta(days=9), Thresholds())) == []
    more = Answer(12, 13, ())
    assert [one.rule for one in day_findings(DAY, more, CLOSED + timedelta(days=9), Thresholds())] == [DIFFERS]
