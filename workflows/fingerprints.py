"""The cause of something parked as a fingerprint: what failed alike is one group, whatever its numbers and names."""

import re
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Final, NamedTuple

from schemas.reasons import Reason


class Stage(StrEnum):
    """How far an event came before it was parked."""

    READER = "reader"  #: Its bytes, envelope or data could not be understood.
    IDENTITY = "identity"  #: Whoever sent it may not say it, or said it under another key.
    RULES = "rules"  #: It was understood, and cannot be so.
    STORE = "store"
    HANDLER = "handler"


_STAGES: Final[Mapping[str, Stage]] = MappingProxyType(
    {
        **dict.fromkeys((Reason.SENDER_NOT_ALLOWED, Reason.KEY_MISMATCH, Reason.KEY_NOT_UNDERSTOOD), Stage.IDENTITY),
        **dict.fromkeys(
            (
                Reason.ID_REUSED,
                Reason.NOT_IN_LIFECYCLE,
                Reason.ALLOCATOR_IS_BUILTIN,
                Reason.BLANKO_BELONGS_TO_ANOTHER,
                Reason.BLANKO_NOT_THERE,
                Reason.SUPPLIES_NOT_THERE,
                Reason.BLANKO_MISMATCH,
                Reason.BLANKO_GIVEN_TWICE,
                Reason.TURN_ALREADY_ALLOCATED,
                Reason.NIK_DIFFERS,
            ),
            Stage.RULES,
        ),
        Reason.STORE_REFUSED: Stage.STORE,
        **dict.fromkeys((Reason.HANDLER_FAILED, Reason.UNDELIVERABLE), Stage.HANDLER),
    }
)
_UUID: Final = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.ASCII | re.IGNORECASE)
_QUOTED: Final = re.compile(r"\"[^\"]*\"|'[^']*'|`[^`]*`")
# Not the digits within a name of ours, such as int64; but a serial such as BL0000000101.
_NUMBER: Final = re.compile(r"\b[A-Za-z]{0,4}[0-9](?:[0-9A-Fa-f.:-]*[0-9A-Fa-f])?\b", re.ASCII)
_VERSION: Final = re.compile(r"\.v([0-9]+)$", re.ASCII)


class Cause(NamedTuple):
    """Everything that a group of parked messages has in common; texts are "" where nothing could be read."""

    stage: Stage
    reason: str
    text: str
    version: str
    station: str
    office: str

    @property
    def fingerprint(self) -> str:
        """The name of the group: twelve hexadecimal digits, the same on every machine for ever."""
        return sha256("\n".join(self).encode()).hexdigest()[:12]


def cause_of(reason: str, detail: str, type_: str | None, station: str, office: str | None) -> Cause:
    """Return the cause of one item."""
    version = _VERSION.search(type_) if type_ else None
    said = f"v{version[1]}" if version else ""
    return Cause(stage_of(reason), reason, normalised(detail), said, station, office or "")


def stage_of(reason: str) -> Stage:
    """Return at which stage something is parked for this reason; what a newer release knows is the reader's."""
    return _STAGES.get(reason, Stage.READER)


def normalised(detail: str) -> str:
    """Return a detail without what is different for each message: quotations, ids, numbers."""
    return _NUMBER.sub("#", _UUID.sub("<id>", _QUOTED.sub("<text>", detail)))


def is_same_failure(before: tuple[str, str], after: tuple[str, str]) -> bool:
    """Tell whether two failures, each a reason and its detail, have the same cause."""
    return before[0] == after[0] and normalised(before[1]) == normalised(after[1])
