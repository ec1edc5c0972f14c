"""Passwords: kept as argon2id digests, compared in a time that does not tell whether there was one to compare with."""

import secrets
import unicodedata
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER: Final = PasswordHasher()  # the library's defaults are RFC 9106's second choice, and follow it
_MADE_BYTES: Final = 15  # 120 bits, 20 characters


def made() -> str:
    """Return a new password that nobody has thought of."""
    return secrets.token_urlsafe(_MADE_BYTES)


def digest_of(password: str) -> str:
    """Return what is kept of a password: argon2id with a salt of its own, and the parameters."""
    return _HASHER.hash(_composed(password))


def is_it(password: str, digest: str | None) -> bool:
    """Tell whether this is the password; without a digest it is not, after the same work."""
    try:
        _HASHER.verify(digest or _nobody(), _composed(password))
    except (VerificationError, InvalidHashError):
        return False
    return digest is not None


def is_outdated(digest: str) -> bool:
    """Tell whether a digest was made with weaker parameters than one would be today."""
    return _HASHER.check_needs_rehash(digest)


def _composed(password: str) -> bytes:
    """Return the bytes of a password, the same whichever keyboard composed its letters."""
    return unicodedata.normalize("NFC", password).encode(errors="replace")


@cache
def _nobody() -> str:
    return _HASHER.hash(secrets.token_bytes(16))
