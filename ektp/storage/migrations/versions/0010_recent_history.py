"""What was received lately is found without reading the whole history: the forecast asks for it."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add an index of blocks: the history only grows, so the newest rows lie together, and it costs next to nothing."""
    op.execute("create index history_by_received on history using brin (received) with (autosummarize = on)")
