"""The plan of a repair: each item corrected and rehearsed, what is foreseen written down, and nothing changed yet."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Engine

from consumers.rehearsal import AT_ONCE, Foreseen, Rehearsal
from ektp.repairing.correction import Correction, Kind, Unsealed, offered, read_correction
from ektp.repairing.errors import CorrectionRefused
from ektp.repairing.selection import Chosen, Selection, choose
from ektp.storage.audit import Chain
from ektp.storage.parking import RehearsalBooks
from ektp.storage.repairs import NewRepair, add_repair
from ektp.storage.vault import Vault
from schemas.errors import PatchRefused
from schemas.nik import mask_niks
from schemas.submission import Submission
from workflows.repairs import RATE, THRESHOLD, ItemState, became, second_person
from workflows.timekeeping import Timekeeping

if TYPE_CHECKING:
    from ektp.bootstrap import Parts


_COUNTED: Final = ("becomes", "reason", "from", "to", "outcome")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for; `said` is the JSON of the correction, where there is one."""

    selection: Selection
    by: str
    because: str
    kind: Kind | None = None
    said: bytes = b""
    threshold: float = THRESHOLD
    rate: int = RATE


def planner_of(parts: "Parts") -> "Planner":
    """Make what plans repairs out of the parts of a process."""
    above, chain = parts.config.repairs.approval_above, parts.audit.chain
    return Planner(parts.engine, parts.vault, parts.keeping, above, chain)


class Planner:
    """Plans repairs. One person may repair `above` items alone."""

    def __init__(self, engine: Engine, vault: Vault, keeping: Timekeeping, above: int, chain: Chain) -> None:
        self._engine = engine
        self._chain = chain
        self._vault = vault
        self._keeping = keeping
        self._above = above

    def plan(self, wish: Wish) -> UUID:
        """Write down a repair, in the audit too, and return its id.

        Raises CorrectionRefused, NothingSelected, Unknown and StoreAway.
        """
        if wish.selection.is_empty:
            raise CorrectionRefused("name items, a group or a filter")
        if not (math.isfinite(wish.threshold) and 0 <= wish.threshold <= 1) or not 1 <= wish.rate <= RATE:
            raise CorrectionRefused(f"the threshold is a part of 1, the rate 1 to {RATE} items a second")
        items = choose(self._engine, wish.selection)
        correction = read_correction(wish.kind, wish.said, many=len(items) > 1)
        foreseen, nik = self._foreseen(items, correction)
        reasons = frozenset(one.reason for one in items)
        repair = uuid4()
        new = NewRepair(
            repair,
            mask_niks(wish.by),
            mask_niks(wish.because),
            json.loads(mask_niks(json.dumps(wish.selection.told()))),
            correction.kind,
            self._vault.seal(correction.said, repair.bytes) if correction.kind else None,
            list(second_person(len(items), self._above, nik=nik, reasons=reasons)),
            wish.threshold,
            wish.rate,
            _put_together(foreseen),
        )
        add_repair(self._engine, self._chain, new, [(one.id, told) for one, told in zip(items, foreseen, strict=True)])
        return repair

    def _foreseen(self, items: Sequence[Chosen], correction: Correction) -> tuple[list[dict[str, Any]], bool]:
        """Return what is foreseen of each item, and whether a NIK is another afterwards."""
        rehearsal = Rehearsal(RehearsalBooks(self._engine, self._vault), self._vault, self._keeping)
        foreseen, nik = list[dict[str, Any]](), False
        for first in range(0, len(items), AT_ONCE):  # so only a few persons at a time lie open
            part = items[first : first + AT_ONCE]
            offers = list[Submission | str]()
            for one in part:
                item = Unsealed(one.id, one.sender, one.door, one.event_id, self._vault.open(one.sealed, one.id.bytes))
                try:
                    corrected = correction.of(item)
                except PatchRefused as refused:
                    offers.append(str(refused))
                    continue
                nik = nik or corrected.nik
                offers.append(offered(item, corrected.body))
            if nik and len(items) > 1:
                raise CorrectionRefused("a NIK is corrected one item at a time")
            if correction.kind == "edit" and isinstance(offers[0], str):
                raise CorrectionRefused(offers[0])
            answers = rehearsal.foresee([offer for offer in offers if isinstance(offer, Submission)])
            foreseen += [
                {"becomes": ItemState.SKIPPED.value, "why": offer}
                if isinstance(offer, str)
                else _told(one, next(answers))
                for one, offer in zip(part, offers, strict=True)
            ]
        return foreseen, nik


def _put_together(foreseen: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Count the items of which the same is foreseen, the most first."""
    counted = Counter(tuple(one.get(name) for name in _COUNTED) for one in foreseen)
    return [{**dict(zip(_COUNTED, alike, strict=True)), "items": items} for alike, items in counted.most_common()]


def _told(item: Chosen, foreseen: Foreseen) -> dict[str, Any]:
    after = (foreseen.reason or "", foreseen.detail or "") if foreseen.outcome == "parked" else None
    return {
        "becomes": became(foreseen.outcome, (item.reason, item.detail), after).value,
        "outcome": foreseen.outcome.value,
        "reason": None if foreseen.reason is None else str(foreseen.reason),
        "why": foreseen.detail,
        "from": foreseen.before,
        "to": foreseen.after,
    }
