"""A database as a former release left it."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from ektp.storage.engine import engine_for


@contextmanager
def former_release(url: str, revision: str) -> Iterator[Connection]:
    """Bring an empty database to a revision, and give a transaction in which it is filled as it was then."""
    config = Config()
    config.set_main_option("script_location", str(resources.files("ektp.storage") / "migrations"))
    engine = engine_for(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        yield connection
    engine.dispose()
