"""Bring a database to this release's schema; numbered steps, forward only."""

from importlib import resources
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from ektp.storage.engine import engine_for

# Two `ektp migrate` at once: the second waits for the first and then finds nothing to do.
_LOCK: Final = 0x454B5450


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("ektp.storage") / "migrations"))
    return config


def upgrade(url: str) -> str:
    """Apply what is missing to the database at *url*; return the revision it is at now."""
    engine = engine_for(url)
    config = _config()
    try:
        with engine.connect() as guard:
            guard.execute(text("select pg_advisory_lock(:key)"), {"key": _LOCK})
            with engine.begin() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        return newest()
    finally:
        engine.dispose()


def is_known(revision: str) -> bool:
    """Tell whether this release can bring a database from that revision to its own."""
    return any(step.revision == revision for step in ScriptDirectory.from_config(_config()).walk_revisions())


def newest() -> str:
    """Return the revision this release needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def current(engine: Engine) -> str | None:
    """Return the revision the database is at, None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()
