"""Nothing yet: the line of revisions."""

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Change nothing."""
