"""A correction: what is changed in a parked message before it is offered again, and what may not be changed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple
from uuid import UUID

from pydantic_core import to_json

from ektp.repairing.errors import CorrectionRefused
from ektp.storage.secrets.vault import Vault
from schemas.errors import PatchRefused, Refused
from schemas.json_patch import Operation, apply_patch, read_patch, touches
from schemas.submission import Door, Submission, read_line, read_wire
from schemas.upcasting import UPCASTERS, Step, upcast_message
from schemas.wire_json import read_object
from workflows.repairs import NIK, changed_locks, changes_nik, locked_by

Kind = Literal["patch", "edit"]


class Unsealed(NamedTuple):
    """A parked message with its body in clear: only in memory, and never shown."""

    id: UUID
    sender: str
    door: str
    event_id: str | None
    body: bytes


class Corrected(NamedTuple):
    """What is offered in its place; `nik` tells whether the NIK is another, or nobody can say.

    `wire` is the JSON of the body, where it need not be read again.
    """

    body: bytes
    nik: bool = False
    wire: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """One correction of however many items: a JSON Patch, or one whole event; by default none.

    `said` is its JSON as it is kept, sealed; of a patch `strict` tells that what was read strictly stays so with it,
    `nik` that it may change the NIK.
    """

    kind: Kind | None = None
    said: bytes = b""
    operations: tuple[Operation, ...] = ()
    strict: bool = False
    nik: bool = False

    def of(self, item: Unsealed) -> Corrected:
        """Return the message as it is offered. Raises PatchRefused for one that the correction does not fit."""
        match self.kind:
            case None:
                return Corrected(item.body)
            case "patch":
                before = _read(item.body)
                after = apply_patch(before, self.operations)
                nik = self.nik and changes_nik(before, after)
                if self.strict:
                    return Corrected(to_json(after), nik, after)
                return Corrected(json.dumps(after, ensure_ascii=False).encode(), nik)
            case "edit":
                return _edited(item, self.said)


def read_correction(kind: Kind | None, said: bytes, *, many: bool) -> Correction:
    """Read a correction as somebody wrote it. Raises CorrectionRefused."""
    if kind is None:
        return Correction()
    if kind == "edit":
        if many:
            raise CorrectionRefused("a whole event corrects one item; many are corrected by a JSON Patch")
        try:
            read_object(said)
        except Refused as refused:
            raise CorrectionRefused(f"the corrected event cannot be read, {refused.detail}") from None
        return Correction(kind, said)
    try:
        operations = read_patch(json.loads(said))
    except (ValueError, RecursionError):
        raise CorrectionRefused("the patch is no JSON") from None
    except PatchRefused as refused:
        raise CorrectionRefused(str(refused)) from None
    if (because := locked_by(operations, many=many)) is not None:
        raise CorrectionRefused(because)
    return _patch(said, operations)


def kept_correction(vault: Vault, kind: str | None, sealed: bytes | None, repair: UUID) -> Correction:
    """Return a correction as it was written down; it was checked then."""
    if kind is None or sealed is None:
        return Correction()
    said = vault.open(sealed, repair.bytes)
    if kind == "edit":
        return Correction("edit", said)
    return _patch(said, read_patch(json.loads(said)))


def offered(item: Unsealed, corrected: Corrected, upcasters: Mapping[str, Step] = UPCASTERS) -> Submission:
    """Return the message as a submission that repairs the item: through the door, and of the sender, that it had.

    One that waited since an older release is offered as it is said today.
    """
    body, _, wire = corrected
    if wire is not None and not upcasters:
        return read_wire(wire, body, door=Door(item.door), sender=item.sender, repairs=item.id)
    one = read_line(upcast_message(body, upcasters), door=Door(item.door), sender=item.sender)
    return Submission(one.door, one.sender, one.body, one.event, one.refusal, item.id)


def _patch(said: bytes, operations: tuple[Operation, ...]) -> Correction:
    nik = any(touches(place, NIK) for operation in operations for place in operation.writes)
    return Correction("patch", said, operations, all(map(_stays_strict, operations)), nik)


def _stays_strict(operation: Operation) -> bool:
    """Tell whether JSON that was read strictly would be read so again after it; of a move or a copy nobody knows."""
    if operation.source is not None:
        return False
    found = operation.value
    for name in reversed(operation.path):
        found = {name: found}  # as deep as it will stand
    try:
        read_object(json.dumps(found).encode())
    except Refused:
        return False
    return True


def _edited(item: Unsealed, said: bytes) -> Corrected:
    after = read_object(said)
    try:
        before = _read(item.body)
    except PatchRefused:
        # Nobody can compare them: a second person looks at it.
        if item.event_id is not None and str(after.get("id")).lower() != item.event_id:
            raise PatchRefused("/id", "is locked: a corrected event keeps its id") from None
        return Corrected(said, nik=True)
    return _checked(before, after, said)


def _checked(before: Any, after: Any, body: bytes) -> Corrected:  # noqa: ANN401 - any JSON
    if not isinstance(after, dict):
        raise PatchRefused("", "the correction leaves no event")
    if (locked := changed_locks(before, after)) is not None:
        raise PatchRefused(f"/{locked}", "is locked: with another it would be another event")
    return Corrected(body, changes_nik(before, after))


def _read(body: bytes) -> dict[str, Any]:
    try:
        return read_object(body)
    except Refused as refused:
        raise PatchRefused("", f"the message cannot be read, so it cannot be patched: {refused.reason}") from None
