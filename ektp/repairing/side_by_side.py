"""Many items foreseen by two processes, each a share of them; what comes out is what one alone would foresee.

Items of one application fall into one share. Those that have anything else in common with the other share (a NIK, a
serial, an id), and whatever hangs together with them, are foreseen once more, one after the other.
"""

import multiprocessing
import os
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection
from threading import Thread
from typing import Final, Self
from zlib import crc32

from consumers.rehearsal import About
from ektp.repairing.correction import Correction
from ektp.repairing.foreseeing import Foreseer, Foresight
from ektp.repairing.selection import Chosen
from ektp.running.garbage import left_alone
from workflows.repairs import MOST

#: Makes what foresees in another process; it is pickled.
Make = Callable[[], Foreseer]
#: Items from which on another process is worth its start, in which one alone foresees ten thousand.
WORTH: Final = 30_000 if (os.cpu_count() or 1) > 1 else MOST + 1
_SHARE: Final = 7  # of sixteen, for it begins later


def foresee(
    here: Foreseer, beside: Make | None, items: Sequence[Chosen], correction: Correction, *, worth: int = WORTH
) -> Foresight:
    """Return what is foreseen of the items. Raises CorrectionRefused and StoreAway."""
    many = len(items) > 1
    if beside is None or not many or len(items) < worth:
        return here.foresee(items, correction, many=many)
    mine, others = list[int](), list[int]()
    for number, one in enumerate(items):
        (others if crc32((one.subject or "").encode()) % 16 < _SHARE else mine).append(number)
    with _Beside(beside) as other:
        other.ask([items[number] for number in others], correction)
        parts = [here.foresee([items[number] for number in mine], correction, many=many)]
        answer = other.answer()
    # Where it ended without an answer, the reason comes to light here.
    parts.append(answer or here.foresee([items[number] for number in others], correction, many=many))
    told = {
        number: one for share, part in zip((mine, others), parts, strict=True)
        for number, one in zip(share, zip(part.told, part.about, strict=True), strict=True)
    }  # fmt: skip
    shares = [{number: told[number][1] for number in share} for share in (mine, others)]
    if again := sorted(entangled(*shares)):
        once_more = here.foresee([items[number] for number in again], correction, many=many)
        told.update(zip(again, zip(once_more.told, once_more.about, strict=True), strict=True))
    ordered = [told[number] for number in range(len(items))]
    return Foresight([one for one, _ in ordered], [about for _, about in ordered], any(part.nik for part in parts))


def entangled(mine: Mapping[int, About], others: Mapping[int, About]) -> set[int]:
    """Return the items on which something of the other share may bear, and all that hangs together with them."""
    everything = {**mine, **others}
    if None in everything.values():
        return set(everything)
    seen = {key for about in mine.values() for key in about or ()}
    waiting = list(seen.intersection(key for about in others.values() for key in about or ()))
    if not waiting:
        return set()
    holders = defaultdict[int | bytes | str, list[int]](list)
    for number, about in everything.items():
        for key in about or ():
            holders[key].append(number)
    found = set[int]()
    while waiting:
        for number in holders.pop(waiting.pop(), ()):
            found.add(number)
            waiting += everything[number] or ()
    return found


class _Beside:
    """Another process that foresees one share; it ends with this one, whatever happens."""

    def __init__(self, make: Make) -> None:
        context = multiprocessing.get_context("spawn")  # others may run threads in this process
        self._pipe, there = context.Pipe()
        self._process = context.Process(target=_foresee_there, args=(there, make), daemon=True)
        self._process.start()
        there.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()

    def ask(self, items: Sequence[Chosen], correction: Correction) -> None:
        """Send it the items while it still starts."""
        Thread(target=_send, args=(self._pipe, (items, correction)), daemon=True).start()

    def answer(self) -> Foresight | None:
        """Return what it foresees, None where it could not."""
        try:
            found: Foresight = self._pipe.recv()
        except (EOFError, OSError):
            return None
        return found


def _send(pipe: Connection, words: object) -> None:
    try:
        pipe.send(words)
    except OSError:
        return  # it has ended, which `answer` finds out


def _foresee_there(pipe: Connection, make: Make) -> None:
    try:
        here = make()
        with left_alone():
            items, correction = pipe.recv()
            pipe.send(here.foresee(items, correction, many=True))
    except Exception:  # noqa: BLE001 - the other process will meet it too, and says it in its own words
        return
