"""What is parked and open is counted for somebody's own offices without reading the messages."""

from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Index the open items by office, with the sender by whom those without an office belong to one."""
    op.execute("create index parked_open_by_office on parked (office) include (sender) where state = 'open'")
