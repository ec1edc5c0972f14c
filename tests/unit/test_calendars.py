"""The calendars of offices: decrees as they became known, zones, what a region decides for itself."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from holidays.countries.indonesia import Indonesia

from ektp.config.calendars import Calendars
from ektp.config.config import read_config
from ektp.config.decrees import national_days
from workflows.working_time import Calendar

SEMARANG = "33.74"
LATER = date(2030, 1, 1)


def calendar(office: str = SEMARANG, path: Path | None = None) -> Calendar:
    """Return an office's calendar by a configuration file, or by none."""
    return Calendars(read_config(path)).of(office)


def configured(tmp_path: Path, text: str) -> Path:
    """Write a configuration file."""
    path = tmp_path / "ektp.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("day", "known", "due"),
    [
        (date(2018, 2, 12), date(2018, 2, 12), date(2018, 2, 19)),
        (date(2018, 6, 8), date(2017, 9, 21), date(2018, 6, 14)),
        (date(2018, 6, 8), date(2017, 9, 22), date(2018, 6, 21)),
        (date(2018, 6, 8), date(2018, 4, 18), date(2018, 6, 26)),
        (date(2026, 3, 17), date(2026, 3, 17), date(2026, 3, 30)),
        (date(2017, 6, 20), date(2016, 10, 1), date(2017, 6, 30)),
        (date(2017, 6, 20), date(2016, 11, 21), date(2017, 7, 3)),
        (date(2017, 6, 20), date(2017, 6, 15), date(2017, 7, 4)),
    ],
)
def test_four_working_days_by_the_decrees_of_the_day(day: date, known: date, due: date) -> None:
    """2018 has three states of knowledge, 2017 too, 2026 one."""
    assert calendar().due(day, 4, known) == due


def test_the_decrees_say_what_the_package_says_but_for_one_day() -> None:
    """1 June became a holiday by a decree of 2016, from 2017 on; the package has it a year too early."""
    closures = national_days().closures
    for kind, category in (("public", "public"), ("cuti-bersama", "government")):
        for year in national_days().final_years:
            decreed = {one.day for one in closures if one.kind == kind and one.day.year == year and not one.revoked}
            expected = set(Indonesia(years=year, categories=(category,)))
            assert expected ^ decreed == ({date(2016, 6, 1)} if (kind, year) == ("public", 2016) else set())


def test_a_year_without_a_final_decree_is_not_final_and_has_its_holidays_all_the_same() -> None:
    """They come from the package; of those to come some are estimates."""
    of_office = calendar()
    assert [year for year in range(2015, 2030) if of_office.is_final(year)] == [2016, 2017, 2018, 2026]
    for day in (date(2019, 6, 5), date(2019, 6, 3), date(2027, 8, 17), date(2028, 8, 17)):
        assert of_office.hours_on(day, LATER) is None


@pytest.mark.parametrize(
    ("office", "hours"),
    [("33.74.10", 7), ("61.71", 7), ("62.71", 7), ("63.71", 8), ("51.71", 8), ("73.71", 8), ("81.71", 9), ("91.71", 9)],
)
def test_the_zone_is_that_of_the_offices_province(office: str, hours: int) -> None:
    """Also where Borneo is divided."""
    assert calendar(office).offset == timedelta(hours=hours)


def test_offices_with_the_same_settings_share_a_calendar(tmp_path: Path) -> None:
    """Thousands of kecamatan measure the years once."""
    path = configured(tmp_path, '[offices."33.19"]\npromise = 5\n[[calendars."33.19.02".closures]]\n'
                      'day = 2018-02-13\nname = "banjir"\nannounced = 2018-02-13\n')  # fmt: skip
    calendars = Calendars(read_config(path))
    assert calendars.of("33.74.10") is calendars.of("33.01") is calendars.of("33")
    assert calendars.of("33.19.01") is calendars.of("33.19")
    assert calendars.of("33.19.02") is not calendars.of("33.19") is not calendars.of("33.01")
    assert calendars.of("33.19.02").due(date(2018, 2, 12), 1, date(2018, 2, 13)) == date(2018, 2, 14)
    assert calendars.of("33.19.01").due(date(2018, 2, 12), 1, date(2018, 2, 13)) == date(2018, 2, 13)


def test_a_region_amends_the_national_days_from_the_announcement_on(tmp_path: Path) -> None:
    """Semarang stayed open on the three optional days; a holiday told in April moves what falls due from then on."""
    path = configured(tmp_path, """
        [[calendars."33.74".openings]]
        day = 2018-06-11
        announced = 2018-05-07
        [[calendars."33.74".openings]]
        day = 2018-06-12
        announced = 2018-05-07
        [[calendars."33.74".openings]]
        day = 2018-06-20
        announced = 2018-05-07
        [[calendars."33".closures]]
        day = 2018-06-21
        name = "a holiday of the province"
        announced = 2018-04-01
        revoked = 2018-04-20
        [[calendars.national.closures]]
        day = 2018-07-02
        name = "a holiday told late"
        kind = "public"
        announced = 2018-04-02
    """)  # fmt: skip
    friday = date(2018, 6, 8)
    semarang, kudus = calendar(SEMARANG, path), calendar("33.19", path)
    assert semarang.due(friday, 4, date(2018, 4, 19)) == date(2018, 6, 27)
    assert semarang.due(friday, 4, date(2018, 5, 6)) == date(2018, 6, 26)
    assert semarang.due(friday, 4, date(2018, 5, 7)) == date(2018, 6, 21)
    assert kudus.due(friday, 4, date(2018, 5, 7)) == date(2018, 6, 26)
    assert kudus.due(date(2018, 6, 29), 1, date(2018, 4, 1)) == date(2018, 7, 2)
    assert kudus.due(date(2018, 6, 29), 1, date(2018, 4, 2)) == date(2018, 7, 3)


def test_the_election_day_closed_offices_two_days_after_it_was_decreed() -> None:
    """Who asked before was told the earlier date, and the wait was never measured anew."""
    of_office = calendar()
    tuesday = date(2018, 6, 26)
    assert of_office.due(tuesday, 1, date(2018, 6, 24)) == date(2018, 6, 27)
    assert of_office.due(tuesday, 1, date(2018, 6, 25)) == date(2018, 6, 28)
    before, after = (of_office.mark(datetime(2018, 6, day, 12, tzinfo=UTC)) for day in (26, 27))
    assert before == after
