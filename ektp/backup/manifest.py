"""What a backup says of itself."""

from datetime import datetime, timedelta
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

MANIFEST, DATABASE, KEYS = "manifest.json", "database.dump", "keys.json"
#: What lay in a queue of the broker when the backup was made had been confirmed to its station, perhaps long before.
OVERLAP: Final = timedelta(days=1)
_KEPT: Final = timedelta(days=30)  # by a station, after we confirmed it
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class AuditHead(BaseModel):
    """The end of the audit's chain: a copy of it outside the database."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seq: int = Field(ge=0)
    mac: Digest


class Manifest(BaseModel):
    """One backup; `counts` are rows by table, `parts` the SHA-256 of each part but this one and the keys.

    `last_commit` is when the newest event in it was committed, None where there is none; `postgresql` is the major
    version of the pg_dump that wrote it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    id: UUID
    release: str
    revision: str
    postgresql: int
    made: datetime
    made_by: str
    last_commit: datetime | None
    counts: dict[str, int]
    audit: AuditHead
    configuration: str | None
    parts: dict[str, Digest]

    @property
    def since(self) -> datetime:
        """From when on the stations are asked for what they had confirmed."""
        return (self.last_commit or self.made - _KEPT) - OVERLAP
