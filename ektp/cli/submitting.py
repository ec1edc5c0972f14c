"""The command that hands events straight to the journal: apply."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ektp.cli.lines import batches, numbered_lines, opened_file
from ektp.cli.opening import opened
from ektp.cli.progress import progress
from ektp.cli.screen import Json, note

if TYPE_CHECKING:
    from consumers.outcome import Outcome

_BATCH: Final = 250
_SHOWN: Final = 20
File = Annotated[str, typer.Argument(metavar="FILE|-", help="CloudEvents, one JSON a line; - for standard input.")]


def apply(file: File, as_json: Json = False) -> None:
    """Put the events of a file straight through the journal.

    For restoring, importing and testing, without a broker. Whatever cannot be is parked with its cause; a line that
    went in before is repeated, so a file can be applied again.
    """
    from schemas.submission import Door, read_line

    with opened_file(file) as source, opened() as made:
        journal = made.journal()
        report = JsonReport() if as_json else TextReport()
        with progress("applying") as advance:
            try:
                for batch in batches(numbered_lines(source), _BATCH):
                    outcomes = journal.apply([read_line(line, door=Door.CLI) for _, line in batch])
                    report.add([number for number, _ in batch], outcomes)
                    advance(len(batch))
            finally:
                report.end()


class JsonReport:
    """One JSON object, written as it grows: a file may be larger than the memory."""

    def __init__(self) -> None:
        self._separator = '{"outcomes": ['

    def add(self, _lines: Sequence[int], outcomes: Sequence["Outcome"]) -> None:
        """Write the outcomes of a batch."""
        for outcome in outcomes:
            told = {"id": outcome.event_id, "outcome": outcome.outcome, "reason": outcome.reason}
            print(f"{self._separator}{json.dumps(told)}", end="")
            self._separator = ", "

    def end(self) -> None:
        """Close the object."""
        print("]}" if self._separator == ", " else '{"outcomes": []}')


class TextReport:
    """The number of each outcome, and the first lines that were parked."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, lines: Sequence[int], outcomes: Sequence["Outcome"]) -> None:
        """Count a batch."""
        for number, outcome in zip(lines, outcomes, strict=True):
            if outcome.outcome == "parked" and self._counts["parked"] < _SHOWN:
                note(f"line {number}: parked, {outcome.reason}")
            self._counts[outcome.outcome] += 1

    def end(self) -> None:
        """Print the counts."""
        kinds = ("applied", "repeated", "held", "superseded", "parked")
        print(", ".join(f"{self._counts[kind]} {kind}" for kind in kinds if self._counts[kind]) or "nothing to apply")
        if self._counts["parked"] > _SHOWN:
            note(f"and {self._counts['parked'] - _SHOWN} more lines were parked: see `ektp parked list`")
