"""Why each application is where it is, stored for lists and counts; what is parked about one is found."""

from alembic import op

revision = "0018"
down_revision = "0017"

# As `workflows/deadlines.py` says it now; `ektp verify` compares. Lists are in the order of the first recording, which
# never changes, so that no page loses or doubles anything while applications change.
STATEMENTS = """
alter table applications add column situation text not null default '';
update applications set situation = case
    when timers->>'by_hand' = 'true' and state in ('recorded', 'failed', 'deletion-requested') then 'recovered-by-hand'
    when state = 'recorded' and coalesce((standing->>'rung')::int, 0) in (2, 3) then 'sent-for-enrolment'
    when state = 'recorded' then 'no-news'
    when state = 'failed' then 'search-failed'
    when state = 'verified' then 'without-blanko'
    when state = 're-recording' and (standing->>'invited' = 'true'
        or coalesce((standing->>'invited_for')::int, 0) >= attempt) then 'invited'
    when state = 're-recording' then 'to-be-invited'
    else state end;

drop index applications_to_be_invited;
create index applications_by_situation on applications (situation, lane, recorded, id);
create index applications_by_office on applications (office, situation, lane, recorded, id);

drop index applications_overdue;
create index applications_overdue on applications (office, situation, lane, recorded, id) include (state)
    where state not in ('collected', 'cancelled')
    and (timers->>'passed' is not null or (timers->>'missed' is not null and state <> 'printed'));
create index applications_overdue_by_situation on applications (situation, lane, recorded, id)
    where state not in ('collected', 'cancelled')
    and (timers->>'passed' is not null or (timers->>'missed' is not null and state <> 'printed'));
create index applications_overdue_next on applications (office, situation, due_at)
    where state not in ('collected', 'cancelled')
    and (timers->>'passed' is not null or (timers->>'missed' is not null and state <> 'printed'));

insert into tallies (office, kind, key, delta) select office, 'stuck', situation, count(*) from applications
    where state not in ('collected', 'cancelled')
    and (timers->>'passed' is not null or (timers->>'missed' is not null and state <> 'printed'))
    group by office, situation;

create index held_overdue on held (received, id) where due_at is null;
create index parked_by_subject on parked (subject) where subject is not null
"""


def upgrade() -> None:
    """Add the column, fill it, and index by it."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
