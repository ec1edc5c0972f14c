"""The plan of a repair: each item corrected and rehearsed, what is foreseen written down, and nothing changed yet."""

import json
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from sqlalchemy import Engine

from ektp.bootstrap import Parts
from ektp.repairing.correction import Kind, read_correction
from ektp.repairing.errors import CorrectionRefused
from ektp.repairing.foreseeing import COUNTED, Foreseer, Told
from ektp.repairing.selection import Selection, choose
from ektp.repairing.side_by_side import Make, foresee
from ektp.running.garbage import left_alone
from ektp.storage.people.audit import Chain
from ektp.storage.repairs.repairs import NewRepair, add_repair
from ektp.storage.secrets.vault import Vault
from schemas.nik import mask_niks
from workflows.repairs import RATE, THRESHOLD, second_person
from workflows.timekeeping import Timekeeping

if TYPE_CHECKING:
    from ektp.config.settings import Settings


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


def planner_of(parts: Parts) -> "Planner":
    """Make what plans repairs out of the parts of a process."""
    above, chain = parts.config.repairs.approval_above, parts.audit.chain
    beside = partial(foreseer_of, parts.settings, parts.database_url)
    return Planner(parts.engine, parts.vault, parts.keeping, above, chain, beside)


def foreseer_of(settings: "Settings", database_url: str) -> Foreseer:
    """Make what foresees in another process."""
    parts = Parts(settings, database_url)
    return Foreseer(parts.engine, parts.vault, parts.keeping)


class Planner:
    """Plans repairs. One person may repair `above` items alone; `beside` makes what helps with many items."""

    def __init__(  # noqa: PLR0913, PLR0917 - all that it works with
        self,
        engine: Engine,
        vault: Vault,
        keeping: Timekeeping,
        above: int,
        chain: Chain,
        beside: Make | None = None,
    ) -> None:
        self._engine, self._chain, self._vault = engine, chain, vault
        self._here, self._beside = Foreseer(engine, vault, keeping), beside
        self._above = above

    def plan(self, wish: Wish) -> UUID:
        """Write down a repair, in the audit too, and return its id.

        Raises CorrectionRefused, NothingSelected, Unknown and StoreAway.
        """
        if wish.selection.is_empty:
            raise CorrectionRefused("name items, a group or a filter")
        if not (math.isfinite(wish.threshold) and 0 <= wish.threshold <= 1) or not 1 <= wish.rate <= RATE:
            raise CorrectionRefused(f"the threshold is a part of 1, the rate 1 to {RATE} items a second")
        with left_alone():
            return self._plan(wish)

    def _plan(self, wish: Wish) -> UUID:
        items = choose(self._engine, wish.selection)
        correction = read_correction(wish.kind, wish.said, many=len(items) > 1)
        foreseen, _, nik = foresee(self._here, self._beside, items, correction)
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
        rows = [(one.id, told.said) for one, told in zip(items, foreseen, strict=True)]
        add_repair(self._engine, self._chain, new, rows)
        return repair


def _put_together(foreseen: Iterable[Told]) -> list[dict[str, Any]]:
    """Count the items of which the same is foreseen, the most first."""
    counted = Counter(one.counted for one in foreseen)
    return [{**dict(zip(COUNTED, alike, strict=True)), "items": items} for alike, items in counted.most_common()]
