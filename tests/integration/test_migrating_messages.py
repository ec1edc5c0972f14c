"""Notices and outages of a former release are not told: nobody hears today what happened last year."""

from sqlalchemy import text

from ektp.storage.engine import engine_for
from ektp.storage.messages.plans import PostgresMessagePlans
from ektp.storage.migrate import upgrade
from tests.former_release import former_release
from tests.plain_time import PLAIN
from workflows.messages import Manner

BEFORE = "0023"
NOTICE = """
insert into outbox (id, application, slot, exchange, routing_key, body) values (gen_random_uuid(), gen_random_uuid(), 0,
'ektp.notices', 'application-failed.33.74.10',
json_build_object('sequence', 2, 'time', '2026-02-12T12:00:00+00:00', 'data', json_build_object())::text)
"""
OUTAGE = """
insert into outages (declared, subject, begins, because, declared_by)
values (gen_random_uuid(), 'centre', now() - interval '1 hour', 'server', 'operator')
"""


def test_what_happened_before_the_update_stays_untold(empty_database_url: str) -> None:
    """What is written after it is told."""
    with former_release(empty_database_url, BEFORE) as connection:
        connection.execute(text(NOTICE))
        connection.execute(text(OUTAGE))
    upgrade(empty_database_url)
    engine = engine_for(empty_database_url)
    plans = PostgresMessagePlans(engine, PLAIN, lambda _office: Manner())
    assert plans.plan() == 0
    with engine.begin() as connection:
        connection.execute(text(NOTICE))
    assert (plans.plan(), plans.plan()) == (1, 0)
    engine.dispose()
