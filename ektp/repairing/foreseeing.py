"""What is foreseen of each item: really opened, corrected, read and judged as the journal would, nothing written."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

from sqlalchemy import Engine

from consumers.outcome import OutcomeKind
from consumers.rehearsal import AT_ONCE, About, Rehearsal
from ektp.repairing.correction import Correction, Unsealed, offered
from ektp.repairing.errors import CorrectionRefused
from ektp.repairing.selection import Chosen
from ektp.storage.repairs.parking import RehearsalBooks
from ektp.storage.secrets.vault import Vault
from schemas.errors import PatchRefused
from schemas.submission import Submission
from workflows.repairs import ItemState, became
from workflows.timekeeping import Timekeeping

#: What items are counted by together.
COUNTED: Final = ("becomes", "reason", "from", "to", "outcome")


class Told(NamedTuple):
    """What is foreseen of an item, as JSON, and its values of COUNTED; items of one kind share it."""

    said: str
    counted: tuple[str | None, ...]


class Foresight(NamedTuple):
    """What is foreseen of items and what each is about, in their order; and whether a NIK is another afterwards."""

    told: list[Told]
    about: list[About]
    nik: bool


class Foreseer:
    """Foresees repairs on one store."""

    def __init__(self, engine: Engine, vault: Vault, keeping: Timekeeping) -> None:
        self._engine, self._vault, self._keeping = engine, vault, keeping

    def foresee(self, items: Sequence[Chosen], correction: Correction, *, many: bool) -> Foresight:
        """Return what is foreseen, one item after the other. Raises CorrectionRefused and StoreAway."""
        rehearsal = Rehearsal(RehearsalBooks(self._engine, self._vault), self._vault, self._keeping)
        told, skipped = cache(_told), cache(_skipped)
        found, about, nik = list[Told](), list[About](), False
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
                offers.append(offered(item, corrected))
            if nik and many:
                raise CorrectionRefused("a NIK is corrected one item at a time")
            if correction.kind == "edit" and isinstance(offers[0], str):
                raise CorrectionRefused(offers[0])
            answers = rehearsal.foresee([offer for offer in offers if isinstance(offer, Submission)])
            for one, offer in zip(part, offers, strict=True):
                if isinstance(offer, str):
                    found.append(skipped(offer))
                    about.append(())
                else:
                    _, *answer, concerned = next(answers)
                    found.append(told(one.reason, one.detail, *answer))
                    about.append(concerned)
        return Foresight(found, about, nik)


def _skipped(why: str) -> Told:
    return _as_told({"becomes": ItemState.SKIPPED.value, "why": why})


def _told(  # noqa: PLR0913, PLR0917 - what it was parked for, and what a Foreseen says of it
    reason: str,
    detail: str,
    outcome: OutcomeKind,
    again: str | None,
    why: str | None,
    before: str | None,
    after: str | None,
) -> Told:
    failed = (again or "", why or "") if outcome == "parked" else None
    return _as_told(
        {
            "becomes": became(outcome, (reason, detail), failed).value,
            "outcome": outcome.value,
            "reason": None if again is None else str(again),
            "why": why,
            "from": before,
            "to": after,
        }
    )


def _as_told(said: dict[str, str | None]) -> Told:
    return Told(json.dumps(said), tuple(said.get(name) for name in COUNTED))
