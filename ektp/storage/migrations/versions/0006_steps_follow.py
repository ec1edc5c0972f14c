"""The steps of a simulated city follow its clock when the deadlines of the moment have passed."""

from alembic import op

revision = "0006"
down_revision = "0005"

# At one moment a deadline and a step may be due; which comes first must not depend on who is quicker.
STATEMENTS = """
alter table simulated_clock add column steps timestamptz;

create or replace function step_now(application uuid) returns timestamptz stable language sql as
'select case when application is null then now() else coalesce(
    (select coalesce(steps, moment) from simulated_clock where moment is not null), statement_timestamp()) end'
"""


def upgrade() -> None:
    """Add the moment up to which steps are due."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
