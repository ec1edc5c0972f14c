"""What was parked before causes were kept is found by its cause."""

from sqlalchemy import text

from ektp.reading.causes import groups
from ektp.reading.parking import WantedParked, parked_items
from ektp.reading.repairs import repairs
from ektp.reading.snapshot import snapshot
from ektp.storage.engine import engine_for
from ektp.storage.migrate import upgrade
from tests.former_release import former_release

BEFORE = "0017"
PARKED = """
insert into parked (id, door, sender, office, type, reason, detail, sealed, digest, state)
select gen_random_uuid(), 'amqp', sender, office, type, reason, detail, '', '', state
from (values ('st337410', '33.74.10', null, 'bad-nik', 'data.nik has 15 digits', 'open'),
             ('st337410', '33.74.10', null, 'bad-nik', 'data.nik has 14 digits', 'open'),
             ('st337410', '33.74.10', null, 'bad-nik', 'data.nik has 13 digits', 'repaired'),
             ('centre', null, 'id.ektp.data-verified.v1', 'not-in-lifecycle', 'it cannot', 'open'))
    as told (sender, office, type, reason, detail, state)
"""
REPAIR = """
with made as (
    insert into repairs (id, made_by, because, selection, threshold, rate)
    values (gen_random_uuid(), 'siti', 'x', '{}', 0.2, 1) returning id
)
insert into repair_items (repair, number, parked, foreseen)
select made.id, n, gen_random_uuid(),
    case n when 1 then '{"becomes": "skipped"}'::jsonb else '{"becomes": "fixed", "to": "recorded"}' end
from made, generate_series(1, 3) as n
"""


def test_what_is_parked_is_grouped_and_a_plan_is_put_together(empty_database_url: str) -> None:
    """Open and closed ones; what was foreseen is counted."""
    engine = engine_for(empty_database_url)
    with former_release(empty_database_url, BEFORE) as connection:
        connection.execute(text(PARKED))
        connection.exec_driver_sql(REPAIR)
    upgrade(empty_database_url)
    with snapshot(engine) as connection:
        first, second = groups(connection)
        assert [(one["reason"], one["open"]) for one in (first, second)] == [("bad-nik", 2), ("not-in-lifecycle", 1)]
        (closed,) = parked_items(connection, WantedParked("repaired", group=first["group"]))
        assert closed["detail"] == "data.nik has 13 digits"
        (planned,) = repairs(connection)
        foreseen = connection.execute(text("select foreseen from repairs")).scalar_one()
    assert planned["items"] == 3
    assert [(one["becomes"], one["to"], one["items"]) for one in foreseen] == [
        ("fixed", "recorded", 2), ("skipped", None, 1),
    ]  # fmt: skip
    engine.dispose()
