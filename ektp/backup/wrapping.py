"""The keys in a backup: sealed under a passphrase, and bound to everything else that is in it."""

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import scrypt, sha256
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ektp.backup.errors import BackupDamaged, PassphraseWrong

SHORTEST: Final = 12  # characters of a passphrase
_COST: Final = {"n": 2**17, "r": 8, "p": 1}  # 128 MiB and about half a second for each guess
_MEMORY: Final = 2**28
_SALT, _NONCE = 16, 12


def wrap(keys: Mapping[str, str], passphrase: str, about: bytes) -> bytes:
    """Seal the keys, bound to *about*; the JSON says how, and nothing of them."""
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    cipher, check = _derived(passphrase, salt)
    sealed = cipher.encrypt(nonce, json.dumps(dict(keys)).encode(), about)
    return _written(salt, check, nonce, sealed)


def unwrap(wrapped: bytes, passphrase: str, about: bytes, file: Path) -> dict[str, str]:
    """Return the keys that *file* holds. Raises PassphraseWrong, and BackupDamaged where *about* is another, too."""
    try:
        salt, check, nonce, sealed = _read(wrapped)
        cipher, found = _derived(passphrase, salt)
        if found != check:
            raise PassphraseWrong(file)
        keys: dict[str, str] = json.loads(cipher.decrypt(nonce, sealed, about))
    except (InvalidTag, ValueError, KeyError, TypeError):
        raise BackupDamaged(file, "its manifest or its keys were changed") from None
    return keys


def _derived(passphrase: str, salt: bytes) -> tuple[AESGCM, bytes]:
    """Return the cipher, and what tells whether the passphrase is right."""
    made = scrypt(passphrase.encode(), salt=salt, maxmem=_MEMORY, dklen=64, **_COST)
    return AESGCM(made[:32]), sha256(b"check:" + made[32:]).digest()


def _written(salt: bytes, check: bytes, nonce: bytes, sealed: bytes) -> bytes:
    told: dict[str, Any] = {"kdf": "scrypt", **_COST, "cipher": "AES-256-GCM"}
    told |= {"salt": salt.hex(), "check": check.hex(), "nonce": nonce.hex(), "sealed": b64encode(sealed).decode()}
    return json.dumps(told).encode() + b"\n"


def _read(wrapped: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """Take it apart; raise ValueError, KeyError or TypeError for what would not be written like this again."""
    told = json.loads(wrapped)
    salt, check, nonce = (bytes.fromhex(told[name]) for name in ("salt", "check", "nonce"))
    sealed = b64decode(told["sealed"])
    if _written(salt, check, nonce, sealed) != wrapped or len(nonce) != _NONCE:
        raise ValueError
    return salt, check, nonce, sealed
