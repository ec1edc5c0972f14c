"""Recordings of a former release are counted on the days of their stations."""

from sqlalchemy import text

from ektp.storage.engine import engine_for
from ektp.storage.migrate import upgrade
from ektp.verification.invariants import verify
from tests.former_release import former_release
from tests.plain_time import PLAIN

BEFORE = "0011"
# Half past eleven at night in Semarang is half past midnight in Denpasar.
HISTORY = """
insert into {table} (id, subject, type, {more}, door, station, source, time, data, digest)
select gen_random_uuid(), 'a', 'id.ektp.recorded.v1', {values}, 'amqp', station, 's',
    time::timestamptz, json_build_object('office', office), ''
from (values ('st337410', '2018-02-12T23:30:00+07:00', '33.74.10'), ('st337410', '2018-02-12T08:00:00+07:00', '33.74'),
             ('st517101', '2018-02-12T23:30:00+07:00', '51.71'), ('st947101', '2018-02-12T22:30:00+07:00', '94.71'))
    as told (station, time, office)
"""


def test_what_was_recorded_before_days_were_counted_is_counted(empty_database_url: str) -> None:
    """By the date that the clock of each office showed; what is held, too."""
    engine = engine_for(empty_database_url)
    with former_release(empty_database_url, BEFORE) as connection:
        connection.execute(text(HISTORY.format(table="history", more="outcome", values="'applied'")))
        connection.execute(
            text(HISTORY.format(table="held", more="application, waits_for", values="gen_random_uuid(), 'waits'"))
        )
    upgrade(empty_database_url)
    with engine.connect() as connection:
        question = "select station, day::text, office, arrived, closed from station_days order by station"
        days = [tuple(row) for row in connection.execute(text(question))]
    assert days == [
        ("st337410", "2018-02-12", "33.74.10", 4, None),
        ("st517101", "2018-02-13", "51.71", 2, None),
        ("st947101", "2018-02-13", "94.71", 2, None),
    ]
    found = {one.name: one for one in verify(engine, PLAIN)}
    # The plain calendar of the tests has one zone: it finds the two in the east a day earlier.
    assert found["station-days-add-up"].violations == 4
    engine.dispose()
