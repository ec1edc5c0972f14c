"""What a person did that changes something or reveals somebody: the word that the audit is told."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

NOTHING: Mapping[str, str | int | None] = MappingProxyType({})


class Act(NamedTuple):
    """One act: who did what, and about what; never a NIK, a name of a resident, a password or a token."""

    actor: str  #: The account's name, or the operating system's user of a command.
    what: str  #: A noun and a past participle: "person-added", "token-revoked".
    about: str  #: What it was done to: the name of an account, a station, a parked item.
    detail: Mapping[str, str | int | None] = NOTHING
