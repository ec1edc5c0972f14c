"""The keys: given by the environment, or made once and kept in the home folder."""

import os
import secrets
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

import psycopg

from ektp.errors import WrongUse

SHORTEST: Final = 32  # characters
_REMEMBER: Final = "insert into keyring (name, fingerprint) values (%s, %s) on conflict (name) do nothing"
_REMEMBERED: Final = "select fingerprint from keyring where name = %s"


def key_text(name: str, given: str | None, file: Path | None, home: Path) -> str:
    """Return the key *name* as it is written: the value, from the file, or in `<home>/keys/<name>`, made if missing.

    The key itself is the SHA-256 of that. Raises WrongUse.
    """
    if given is None and file is not None:
        try:
            given = file.read_text().strip()
        except OSError as error:
            raise WrongUse(f"the file of the {name} cannot be read: {error.strerror}") from None
    if given is None:
        given = _kept(kept_in(home, name))
    if len(given) < SHORTEST:
        raise WrongUse(f"the {name} is shorter than {SHORTEST} characters; make one with: openssl rand -hex 32")
    return given


def kept_in(home: Path, name: str) -> Path:
    """Return where a key is kept that nobody gives."""
    return home / "keys" / name


def is_here(name: str, given: str | None, file: Path | None, home: Path) -> bool:
    """Tell whether the key is given, or has been made already."""
    return given is not None or file is not None or kept_in(home, name).exists()


def _kept(path: Path) -> str:
    """Return what *path* holds; when two processes start at once, both get the first one's key."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_hex(32))
        with suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text().strip()


def remembers(connection: psycopg.Connection, name: str) -> bool:
    """Tell whether the database was written with such a key already."""
    return connection.execute(_REMEMBERED, [name]).fetchone() is not None


def check_keys(connection: psycopg.Connection, keys: dict[str, bytes]) -> None:
    """Remember the keys' fingerprints in a new database; raise WrongUse when an older one was written with others."""
    for name, key in keys.items():
        fingerprint = sha256(b"fingerprint:" + key).digest()
        connection.execute(_REMEMBER, [name, fingerprint])
        row = connection.execute(_REMEMBERED, [name]).fetchone()
        if row is None or row[0] != fingerprint:
            raise WrongUse(
                f"the {name} is not the one this database was written with: set EKTP_{name.upper().replace('-', '_')}"
                " to the old one, or point EKTP_DATABASE_URL elsewhere"
            )
