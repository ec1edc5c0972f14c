"""The PINs that go with a resi: six digits, kept as a slow and keyed digest; five wrong tries lock for a while."""

import hmac
import secrets
from enum import StrEnum
from hashlib import scrypt
from typing import Final
from uuid import UUID

from sqlalchemy import Engine

from consumers.acts import Act
from ektp.storage.engine import transaction
from ektp.storage.people.audit import Chain
from ektp.storage.secrets.vault import Vault

MOST_TRIES: Final = 5
LOCKED_MINUTES: Final = 15
_DIGITS: Final = 6
_SALT: Final = 16  # bytes
_MADE: Final = """
insert into pins (application, salt, digest, made) values (%s, %s, %s, ektp_now())
on conflict (application) do update set salt = excluded.salt, digest = excluded.digest, made = excluded.made,
    tries = 0, locked_until = null
"""
# The row stays locked until the answer is written: whoever tries many at once has no more tries than one after another.
_KNOWN: Final = "select salt, digest, coalesce(locked_until > now(), false) from pins where application = %s for update"
_WRONG: Final = """
update pins set tries = case when tries + 1 >= %(most)s then 0 else tries + 1 end,
    locked_until = case when tries + 1 >= %(most)s then now() + make_interval(mins => %(minutes)s) end
where application = %(application)s
"""
_RIGHT: Final = "update pins set tries = 0, locked_until = null where application = %s"


class Checked(StrEnum):
    """What came of a try: it is the PIN, it is not, or nobody may try now."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"


def new_pin(engine: Engine, vault: Vault, application: UUID, chain: Chain | None = None, by: str = "") -> str:
    """Make a PIN and return it, this once; the one before is void. The chain notes who made it. Raises StoreAway."""
    pin, salt = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}", secrets.token_bytes(_SALT)
    with transaction(engine) as connection:
        connection.execute(_MADE, [application, salt, _digest(vault, application, pin, salt)])
        if chain is not None:
            chain.append(connection, Act(by, "pin-made", str(application)))
    return pin


def check_pin(engine: Engine, vault: Vault, application: UUID, pin: str) -> Checked:
    """Tell whether it is the application's PIN, in the same time whether there is one or not. Raises StoreAway."""
    with transaction(engine) as connection:
        row = connection.execute(_KNOWN, [application]).fetchone()
        salt, expected, locked = row or (bytes(_SALT), bytes(64), False)
        same = hmac.compare_digest(_digest(vault, application, pin, salt), expected)
        if locked:
            return Checked.LOCKED
        if same and row:
            connection.execute(_RIGHT, [application])
            return Checked.RIGHT
        values = {"application": application, "most": MOST_TRIES, "minutes": LOCKED_MINUTES}
        connection.execute(_WRONG, values)
        return Checked.WRONG


def _digest(vault: Vault, application: UUID, pin: str, salt: bytes) -> bytes:
    """Digest a PIN: a million guesses are few, so without the vault's key none can be tried."""
    keyed = vault.digest(b"pin:" + application.bytes + pin.encode(errors="replace"))
    return scrypt(keyed, salt=salt, n=2**14, r=8, p=1)
