"""Indexes for what people read of queues and of the audit, however much there is."""

from alembic import op

revision = "0020"
down_revision = "0019"

# Who waits in a lane, since when and who is too young is counted out of the index alone.
STATEMENTS = """
drop index print_queue;
create index print_queue on applications (prints_at, lane, queued, id) include (recorded, not_before)
    where queued is not null;
create index audit_by_what on audit (what, seq);
create index audit_by_moment on audit (at, seq)
"""


def upgrade() -> None:
    """Put the indexes there."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
