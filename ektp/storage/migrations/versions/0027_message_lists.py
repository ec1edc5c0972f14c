"""The messages to residents are listed and counted in time however many there are."""

from alembic import op

revision = "0027"
down_revision = "0026"

# The counts of the last days are read from the index alone. Almost all messages are sent: of another state only few of
# the newest are, and of a notice that is seldom told.
STATEMENTS = """
drop index messages_by_planned;
create index messages_by_planned on messages (planned) include (office, notice, channel, state);
create index messages_by_state on messages (state, planned) where state <> 'sent';
create index messages_by_notice on messages (notice, planned);
drop index messages_by_hand;
create index messages_by_hand on messages (at) where state in ('nobody', 'stopped', 'bounced', 'given-up')
"""


def upgrade() -> None:
    """Make the indexes anew."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
