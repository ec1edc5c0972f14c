"""What people may do: roles, the actions of each, and the offices within which they hold."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from schemas.roles import covers


class Role(StrEnum):
    """What somebody is in the operators' room; one person may be several."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    APPROVER = "approver"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Action(StrEnum):
    """What can be asked of the system by a person; each route and each page has one."""

    LOOK = "look"  #: Boards, lists and details; persons are masked.
    SEARCH = "search"  #: Find an application by its NIK.
    REVEAL = "reveal"  #: See a NIK or a name; with a reason, and audited.
    EXPORT = "export"  #: Take lists away as a file.
    CAUSES = "causes"  #: What is parked in groups by its cause, and the repairs as they stand.
    REPAIR = "repair"  #: Plan and run a repair of parked messages.
    APPROVE = "approve"  #: Be the second person of a repair.
    DISCARD = "discard"  #: Give up a parked message.
    DECLARE = "declare"  #: Say an operator's event: a remedy, a postponement, an outage.
    RECEIPTS = "receipts"  #: Give a resident a new PIN.
    MESSAGES = "messages"  #: Say what became of a message to a resident.
    MUTE = "mute"  #: Silence an alert for a while.
    LISTEN = "listen"  #: Hear every notice as it leaves.
    SEND = "send"  #: Send events in the name of any station.
    AUDIT = "audit"  #: Read the audit and verify it.
    ADMINISTER = "administer"  #: Accounts, stations, backups.


_SEEN: Final = frozenset({Action.LOOK, Action.SEARCH, Action.LISTEN, Action.CAUSES})
_WORKED: Final = frozenset(
    {Action.REVEAL, Action.EXPORT, Action.DECLARE, Action.RECEIPTS, Action.MUTE, Action.MESSAGES}
)

#: Who approves does not repair, who administers sees no person, and who audits changes nothing.
ALLOWED: Final[Mapping[Role, frozenset[Action]]] = MappingProxyType(
    {
        Role.VIEWER: _SEEN,
        Role.OPERATOR: _SEEN | _WORKED | {Action.REPAIR, Action.DISCARD},
        Role.APPROVER: _SEEN | {Action.REVEAL, Action.APPROVE},
        Role.AUDITOR: _SEEN | {Action.EXPORT, Action.AUDIT},
        Role.ADMIN: frozenset({Action.LOOK, Action.CAUSES, Action.MUTE, Action.SEND, Action.ADMINISTER}),
    }
)

#: Concerns no single office: whoever is there for some offices only may not.
UNDIVIDED: Final = frozenset(
    {Action.LISTEN, Action.SEND, Action.AUDIT, Action.ADMINISTER, Action.CAUSES, Action.REPAIR, Action.APPROVE}
)


def may(roles: Collection[Role], offices: Collection[str], action: Action, office: str | None = None) -> bool:
    """Tell whether somebody of these roles, there for these regions (none named: for all), may do this.

    `office` is whose the thing is; None for a list, of which only what lies in the regions is shown.
    """
    if not any(action in ALLOWED[role] for role in roles):
        return False
    if not offices:
        return True
    if action in UNDIVIDED:
        return False
    return office is None or within(offices, office)


def within(offices: Collection[str], office: str | None) -> bool:
    """Tell whether an office lies in one of the regions; None or "" is no office, and lies in all of them only."""
    return not offices or (bool(office) and any(covers(region, office or "") for region in offices))
