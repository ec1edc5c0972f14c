"""The command that shows the machine as it is: lifecycle."""

from enum import StrEnum
from typing import Annotated

import typer

from ektp.cli.screen import Json, print_json, print_table


class Format(StrEnum):
    """How it is drawn."""

    TABLE = "table"
    MERMAID = "mermaid"
    SVG = "svg"


def lifecycle(
    as_format: Annotated[Format, typer.Option("--format", help="How to draw it.")] = Format.TABLE, as_json: Json = False
) -> None:
    """Show the life of a card, as its one table has it."""
    from ektp.reading import lifecycle as reading

    if as_json:
        print_json(reading.rows())
    elif as_format is Format.MERMAID:
        print(reading.mermaid())
    elif as_format is Format.SVG:
        from ektp.reading.lifecycle_diagram import svg

        print(svg())
    else:
        _print_tables()


def _print_tables() -> None:
    from ektp.reading.lifecycle import deadlines, remedies, sections
    from workflows.card_issuance import WAITING

    print("whose move")
    print_table(
        ("while it is", "it is the move of", "notice"),
        [(state.value, wait.move.value, wait.notice) for state, wait in WAITING.items()],
    )
    print("\nhow long it may last")
    print_table(("in the situation", "after working days", "the system", "deadline"), deadlines())
    print("\nwhat is tried")
    print_table(("when", "then", "never"), remedies())
    for title, sentences in sections():
        print(f"\n{title}")
        print_table(
            ("when", "while it is", "it becomes", "then we ask for"),
            [
                (one["when"], " ".join(one["while"]), one["becomes"] or "(stays)", ", ".join(one["asks"]))
                for one in sentences
            ],
        )
