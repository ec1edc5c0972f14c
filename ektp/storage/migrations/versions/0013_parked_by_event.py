"""A station that asks what became of its event is answered without reading the whole parking lot."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Index the parked items by the event they hold, where one could be read."""
    op.execute("create index parked_by_event on parked (event_id) where event_id is not null")
