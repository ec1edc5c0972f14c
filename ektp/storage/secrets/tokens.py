"""The all-roles token of this installation: made once, kept in the home folder, readable by its owner alone."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from ektp.errors import WrongUse

_FILE: Final = "token"
_SHORTEST: Final = 32  # characters


def kept_token(home: Path) -> str:
    """Return the token in `<home>/token`, made if missing; raise WrongUse where it cannot be used as one."""
    path = home / _FILE
    try:
        if not path.exists():
            _make(path)
        token = path.read_text().strip()
    except (OSError, UnicodeError) as error:
        cause = error.strerror if isinstance(error, OSError) else "it is no text"
        raise WrongUse(f"the token in {path} cannot be used: {cause}") from None
    if len(token) < _SHORTEST:
        raise WrongUse(f"the token in {path} is shorter than {_SHORTEST} characters: delete it, a new one is made")
    return token


def _make(path: Path) -> None:
    """Write a fresh token; when two processes start at once, both get the first one's."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text(f"ektp_{secrets.token_urlsafe(32)}\n")
    with suppress(FileExistsError):
        os.link(fresh, path)
    fresh.unlink()
