"""Tickets: whoever showed resi and PIN may look again for a while, without the PIN standing in a page."""

import base64
import binascii
import time
from collections.abc import Callable
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag

from ektp.storage.secrets.vault import Vault

LASTS: Final = 1800  # seconds
_ABOUT: Final = b"ticket of the resident's page"
_MOMENT: Final = 8  # bytes


class Tickets:
    """Sealed by the installation's key: nobody can read or make one elsewhere. *clock* gives seconds since 1970."""

    def __init__(self, vault: Callable[[], Vault], clock: Callable[[], float] = time.time) -> None:
        self._vault, self._clock = vault, clock

    def made(self, application: UUID) -> str:
        """Return a ticket for an application; its letters are those of a URL, though it never stands in one."""
        until = int(self._clock() + LASTS).to_bytes(_MOMENT, "big")
        return base64.urlsafe_b64encode(self._vault().seal(until + application.bytes, _ABOUT)).decode()

    def read(self, ticket: str) -> UUID | None:
        """Return whose ticket it is; None for one that is over, or none of ours."""
        try:
            said = self._vault().open(base64.b64decode(ticket, altchars=b"-_", validate=True), _ABOUT)
        except (binascii.Error, InvalidTag, ValueError):
            return None
        over = int.from_bytes(said[:_MOMENT], "big") < self._clock()
        return None if over else UUID(bytes=said[_MOMENT:])
