"""The station's key, and what is sealed with it: a stolen laptop tells nobody who was recorded."""

import os
import secrets
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ektp.errors import WrongUse
from ektp.station.errors import KeyDiffers, KeyMissing
from ektp.station.home import StationHome

SHORTEST: Final = 32  # characters
_NONCE: Final = 12
_VERSION: Final = b"\x01"


class Seal:
    """AES-256-GCM under a key of 32 bytes; `fingerprint` tells keys apart and tells nothing else of them."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self.fingerprint = sha256(b"fingerprint:" + key).digest()

    def seal(self, plain: bytes, about: str) -> bytes:
        """Encrypt *plain*, bound to the id it is *about*."""
        nonce = os.urandom(_NONCE)
        return _VERSION + nonce + self._cipher.encrypt(nonce, plain, about.encode())

    def open(self, sealed: bytes, about: str) -> bytes:
        """Return what was sealed. Raises KeyDiffers where key, id or bytes are others."""
        if sealed[:1] != _VERSION:
            raise KeyDiffers
        try:
            return self._cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], about.encode())
        except InvalidTag:
            raise KeyDiffers from None


def seal_of(home: StationHome) -> Seal:
    """Return the seal of this station. Raises KeyMissing, and WrongUse for a key that is too short."""
    given, where = home.key, home.key_file or home.kept_key
    if given is None:
        try:
            given = where.read_text().strip()
        except (OSError, UnicodeError):
            raise KeyMissing(str(where)) from None
    if len(given) < SHORTEST:
        raise WrongUse(f"the station's key is shorter than {SHORTEST} characters; make one: openssl rand -hex 32")
    return Seal(sha256(given.encode()).digest())


def make_key(home: StationHome) -> None:
    """Make the key where it is to be, if nothing is there: the file named in the environment, else the folder."""
    path = home.key_file or home.kept_key
    if home.key is not None or path.exists():
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    except OSError as error:
        raise WrongUse(f"the station's key cannot be made in {path}: {error.strerror}") from None
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{secrets.token_hex(32)}\n")
        file.flush()
        os.fsync(file.fileno())
