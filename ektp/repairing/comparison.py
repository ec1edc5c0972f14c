"""Before and after: what a correction changes in one item, with the person masked."""

from typing import Any

from sqlalchemy import Engine

from ektp.reading.repairs import compared, sealed_item
from ektp.reading.snapshot import snapshot
from ektp.repairing.correction import Unsealed, kept_correction
from ektp.storage.secrets.vault import Vault
from schemas.errors import PatchRefused


def changes_of(engine: Engine, vault: Vault, repair: str, number: int) -> list[dict[str, Any]]:
    """Return place, before and after of each field that differs; [] for an item that the correction does not fit.

    Raises Unknown, StoreAway and NotMigrated.
    """
    with snapshot(engine) as connection:
        row = sealed_item(connection, repair, number)
    correction = kept_correction(vault, row.correction, row.correcting and bytes(row.correcting), row.repair)
    body = vault.open(bytes(row.sealed), row.id.bytes)
    try:
        corrected = correction.of(Unsealed(row.id, row.sender, row.door, row.event_id, body))
    except PatchRefused:
        return []
    return compared(body, corrected.body)
