"""What people say about a group of parked messages: whose it is, whether it is muted, and notes."""

from typing import Final

from sqlalchemy import Engine

from ektp.storage.engine import transaction
from schemas.nik import mask_niks

_OWN: Final = """
insert into parked_groups (fingerprint, owner, changed_by) values (%s, %s, %s)
on conflict (fingerprint) do update set owner = excluded.owner, changed = ektp_now(), changed_by = excluded.changed_by
"""
_MUTE: Final = """
insert into parked_groups (fingerprint, muted, changed_by) values (%s, %s, %s)
on conflict (fingerprint) do update set muted = excluded.muted, changed = ektp_now(), changed_by = excluded.changed_by
"""
_NOTE: Final = "insert into parked_notes (fingerprint, noted_by, note) values (%s, %s, %s)"


def own(engine: Engine, fingerprint: str, owner: str | None, *, by: str) -> None:
    """Write down who looks after a group; None is nobody. Raises StoreAway."""
    with transaction(engine) as connection:
        connection.execute(_OWN, [fingerprint, owner and mask_niks(owner), mask_niks(by)])


def mute(engine: Engine, fingerprint: str, *, muted: bool, by: str) -> None:
    """Write down whether anybody is to be told of a group. Raises StoreAway."""
    with transaction(engine) as connection:
        connection.execute(_MUTE, [fingerprint, muted, mask_niks(by)])


def note(engine: Engine, fingerprint: str, text: str, *, by: str) -> None:
    """Add a note; a NIK in it is masked. Raises StoreAway."""
    with transaction(engine) as connection:
        connection.execute(_NOTE, [fingerprint, mask_niks(by), mask_niks(text)])
