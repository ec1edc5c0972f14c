"""The ledger of blanko: every movement of every serial, and what was told of a stock that runs out."""

from alembic import op

revision = "0007"
down_revision = "0006"

# Who moved it, why and by which document stands in the history, under the event.
STATEMENTS = """
create table movements (
    seq bigint generated always as identity primary key,
    event uuid not null,
    serial text not null,
    from_office text,
    from_place text,
    to_office text not null,
    to_place text not null,
    moved timestamptz not null default ektp_now()
);
create index movements_by_serial on movements (serial, seq);
create index movements_by_event on movements (event);
alter table blanko add column was text;
alter table blanko add column holder text;
create index blanko_in_stock on blanko (office, serial) where place = 'in-stock';

-- What is there before the ledger is kept was named by no movement: the nil UUID is the event of its first.
insert into movements (event, serial, to_office, to_place, moved)
select '00000000-0000-0000-0000-000000000000', serial, office, place, changed from blanko order by serial;
insert into tallies (office, kind, key, delta)
select office, 'stock', place, count(*) from blanko group by office, place;
create index tallies_of_stock on tallies (office, key) where kind in ('stock', 'loan', 'supply');

create table stock_alerts (
    office text not null,
    what text not null,
    told integer not null default 0,
    low boolean not null default false,
    since timestamptz,
    primary key (office, what)
)
"""


def upgrade() -> None:
    """Create the tables; a movement out of nowhere is a serial's first."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
