"""What is parked is found by its cause, page by page, and the items of a repair by what became of them."""

from alembic import op
from sqlalchemy import text

from workflows.fingerprints import cause_of

revision = "0019"
down_revision = "0018"

STATEMENTS = """
alter table parked add column fingerprint text not null default '';
create index parked_of_cause on parked (fingerprint, received, id);
create index parked_open_of_cause on parked (fingerprint, received, id) include (type) where state = 'open';
create index parked_by_state on parked (state, received, id);
create index repair_items_by_state on repair_items (repair, state, number);
drop index repair_items_waiting;
alter table repairs add column foreseen jsonb not null default '[]'
"""
KNOWN = text("select id, reason, detail, type, sender, office from parked")
CAUSE = text("update parked set fingerprint = :fingerprint where id = :id")
FORESEEN = """
update repairs set foreseen = told.counted from (
    select repair, jsonb_agg(to_jsonb(alike) - 'repair' order by items desc, becomes) as counted
    from (select repair, foreseen->>'becomes' as becomes, foreseen->>'reason' as reason, foreseen->>'from' as "from",
            foreseen->>'to' as "to", foreseen->>'outcome' as outcome, count(*) as items
          from repair_items group by 1, 2, 3, 4, 5, 6) as alike
    group by repair
) as told where told.repair = repairs.id
"""


def upgrade() -> None:
    """Add the columns and the indexes; what is there is given its fingerprint."""
    alter, *rest = STATEMENTS.split(";\n")
    op.execute(alter)
    connection = op.get_bind()
    rows = connection.execute(KNOWN).all()
    known = [{"id": row.id, "fingerprint": cause_of(*row[1:]).fingerprint} for row in rows]
    if known:
        connection.execute(CAUSE, known)
    for statement in rest:
        op.execute(statement)
    op.execute(FORESEEN)
