"""The three keys of an installation, checked against those that its database was written with."""

from hashlib import sha256
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from ektp.config.settings import Settings
from ektp.errors import WrongUse
from ektp.storage.engine import transaction
from ektp.storage.secrets.keys import check_keys, is_here, key_text, remembers
from ektp.storage.secrets.vault import Vault

SECRET, NIK, AUDIT = "secret-key", "nik-key", "audit-key"
NAMES: Final = (SECRET, NIK, AUDIT)


class Keyring:
    """Reads the keys when they are asked for: from the environment, a file, or the home, where a new one is made."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._settings = settings
        self._engine = engine

    def vault(self) -> Vault:
        """Return the vault. Raises WrongUse where a key is not the database's, and StoreAway."""
        secret, nik = self._key(SECRET), self._key(NIK)
        self._check({SECRET: secret, NIK: nik})
        return Vault(secret, nik)

    def audit_key(self) -> bytes:
        """Return the key of the audit (32 bytes). Raises WrongUse where it is not here or another, and StoreAway."""
        if not self.knows(AUDIT):
            with transaction(self._engine) as connection:
                if remembers(connection, AUDIT):
                    raise WrongUse(
                        f"the {AUDIT} with which this database's audit is written is not here: set EKTP_AUDIT_KEY"
                        " or EKTP_AUDIT_KEY_FILE to it; it was made in the EKTP_HOME of whoever noted something first"
                    )
        key = self._key(AUDIT)
        self._check({AUDIT: key})
        return key

    def knows(self, name: str) -> bool:
        """Tell whether a key is given or kept here already."""
        value, file = self._given(name)
        return is_here(name, value, file, self._settings.home)

    def text(self, name: str) -> str:
        """Return a key as it was given or made, for a copy that is locked away. Raises WrongUse."""
        return key_text(name, *self._given(name), self._settings.home)

    def _key(self, name: str) -> bytes:
        return sha256(self.text(name).encode()).digest()

    def _given(self, name: str) -> tuple[str | None, Path | None]:
        return self._settings.key(name)

    def _check(self, keys: dict[str, bytes]) -> None:
        with transaction(self._engine) as connection:
            check_keys(connection, keys)
