"""How the parts are had: on a database that is given, or on the embedded one, started where it does not run."""

from collections.abc import Iterator
from contextlib import contextmanager

from ektp.bootstrap import Parts
from ektp.config.settings import Settings
from ektp.errors import ServiceMissing


@contextmanager
def parts(settings: Settings, *, owner: bool = False) -> Iterator[Parts]:
    """Give the parts on the database of the settings; raise ServiceMissing when it cannot be had.

    Without EKTP_DATABASE_URL it is the embedded one: the running one, or one started for as long as the block lasts;
    `owner` insists on being the one that runs it, and everything else in this process.
    """
    url = settings.database()
    made = _given(settings, url, owner=owner) if url else _embedded(settings, owner=owner)
    with made as these:
        try:
            yield these
        finally:
            these.close()


@contextmanager
def _given(settings: Settings, url: str, *, owner: bool) -> Iterator[Parts]:
    if owner:
        from ektp.storage.migrate import upgrade

        upgrade(url)
    yield Parts(settings, url, in_process=owner)


@contextmanager
def _embedded(settings: Settings, *, owner: bool) -> Iterator[Parts]:
    from ektp.storage.errors import StorageError
    from ektp.storage.migrate import upgrade
    from ektp.storage.server.embedded import EmbeddedPostgres

    server = EmbeddedPostgres(settings.home)
    try:
        with server.owned() if owner else server.borrowed() as url:
            upgrade(url)
            yield Parts(settings, url, in_process=owner, server=server if owner else None)
    except StorageError as error:
        raise ServiceMissing(str(error)) from error
