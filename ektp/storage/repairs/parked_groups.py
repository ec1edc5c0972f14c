"""What people say about a group of parked messages: whose it is, whether it is muted, and notes."""

from typing import Final

from sqlalchemy import Engine

from consumers.acts import Act
from ektp.storage.engine import transaction
from ektp.storage.people.audit import Chain
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


def own(engine: Engine, chain: Chain, fingerprint: str, owner: str | None, *, by: str) -> None:
    """Write down who looks after a group; None is nobody. Noted in the chain. Raises StoreAway."""
    with transaction(engine) as connection:
        connection.execute(_OWN, [fingerprint, owner and mask_niks(owner), mask_niks(by)])
        chain.append(connection, Act(by, "group-owned", fingerprint, {"owner": owner}))


def mute(engine: Engine, chain: Chain, fingerprint: str, *, muted: bool, by: str) -> None:
    """Write down whether anybody is to be told of a group. Noted in the chain. Raises StoreAway."""
    with transaction(engine) as connection:
        connection.execute(_MUTE, [fingerprint, muted, mask_niks(by)])
        chain.append(connection, Act(by, "group-muted" if muted else "group-unmuted", fingerprint))


def note(engine: Engine, chain: Chain, fingerprint: str, text: str, *, by: str) -> None:
    """Add a note; a NIK in it is masked. That there is one is noted in the chain. Raises StoreAway."""
    with transaction(engine) as connection:
        connection.execute(_NOTE, [fingerprint, mask_niks(by), mask_niks(text)])
        chain.append(connection, Act(by, "group-noted", fingerprint))
