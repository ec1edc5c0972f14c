"""What a command prints: JSON for scripts, short aligned lines for people."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


def print_json(value: object) -> None:
    """Print *value* as one line of JSON."""
    print(json.dumps(value, ensure_ascii=False))


def print_pairs(pairs: Iterable[tuple[str, object]]) -> None:
    """Print names and values, the values below each other; what is None is a dash."""
    rows = [(name, "-" if value is None else str(value)) for name, value in pairs]
    width = max((len(name) for name, _ in rows), default=0)
    for name, value in rows:
        print(f"{name:<{width}}  {value}".rstrip())


def print_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under a head; numbers to the right, what is None as a dash, the last column as long as it is."""
    texts = [["-" if value is None else str(value) for value in row] for row in rows]
    widths = [max([len(name), *(len(row[at]) for row in texts)]) for at, name in enumerate(head)]
    right = [bool(texts) and all(_is_number(row[at]) for row in texts) for at in range(len(head))]
    for row in ([name.upper() for name in head], *texts):
        cells = [
            f"{text:>{width}}" if to_right else f"{text:<{width}}"
            for text, width, to_right in zip(row, widths, right, strict=True)
        ]
        print("  ".join(cells).rstrip())


def note(line: str) -> None:
    """Say something beside the answer, on stderr."""
    print(line, file=sys.stderr)


def _is_number(text: str) -> bool:
    return text == "-" or text.replace(".", "", 1).isdigit()
