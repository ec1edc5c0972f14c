"""Counts are kept as differences and folded into sums."""

from collections.abc import Callable

import psycopg
from sqlalchemy import Engine

from consumers.journal import Journal
from ektp.storage.steps.tallies import fold_tallies
from tests.histories import happy


def test_folded_tallies_have_the_same_sums_in_fewer_rows(
    open_journal: Callable[[], Journal], engine: Engine, database_url: str
) -> None:
    """What is folded twice stays as it is; a sum of zero leaves no row."""
    sums = """select office, kind, key, sum(delta) from (select office, kind, key, delta from tallies
        union all select office, 'day', day || ' ' || what, count from office_days) as every
        group by 1, 2, 3 having sum(delta) <> 0 order by 1, 2, 3"""
    journal = open_journal()
    for _ in range(5):
        journal.apply(happy().submissions())
    with psycopg.connect(database_url, autocommit=True) as connection:
        before, rows = connection.execute(sums).fetchall(), connection.execute("select from tallies").rowcount
        for _ in range(2):
            fold_tallies(engine, least=1)
            assert connection.execute(sums).fetchall() == before
            assert connection.execute("select from tallies").rowcount < rows
            assert connection.execute("select from tallies where kind = 'day'").rowcount == 0
