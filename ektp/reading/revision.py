"""Which revision of the tables a database is at."""

from sqlalchemy import Engine, text

from ektp.reading.errors import NotMigrated
from ektp.reading.snapshot import snapshot


def revision(engine: Engine) -> str | None:
    """Return the revision, None for a database without our tables. Raises StoreAway."""
    with snapshot(engine) as connection:
        if connection.scalar(text("select to_regclass('alembic_version')")) is None:
            return None
        found: str | None = connection.scalar(text("select version_num from alembic_version"))
        return found


def require_migrated(engine: Engine) -> str:
    """Return the revision if it is the one this release needs; raise NotMigrated and StoreAway."""
    from ektp.storage.migrate import newest  # noqa: PLC0415 - Alembic takes its time

    found, needed = revision(engine), newest()
    if found != needed:
        raise NotMigrated(found, needed)
    return needed
