"""Ribbons, film and ink at the keyboard: receive, load, stock, and what else became of them."""

from typing import Annotated

import typer

from ektp.cli.opening import opened
from ektp.cli.saying import Because, Document, Operator, say
from ektp.cli.screen import Json, print_json, print_table

supplies = typer.Typer(help="Count ribbons, film and ink.", no_args_is_help=True)
Office = Annotated[str, typer.Argument(metavar="OFFICE", help="A regency or a kecamatan, such as 33.74.")]
Supply = Annotated[str, typer.Argument(metavar="SUPPLY", help="ribbon, film or ink.")]
Count = Annotated[int, typer.Argument(metavar="COUNT", help="How many pieces.")]
By = Annotated[list[str] | None, typer.Option(metavar="NAME", help="For missing: two people, each with --by.")]


@supplies.command()
def receive(  # noqa: PLR0913 - options are arguments
    office: Office,
    supply: Supply,
    count: Count,
    *,
    document: Document,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="OFFICE", help="Which office gave them; a shop if not given.")
    ] = None,
    as_: Annotated[str, typer.Option("--as", metavar="KIND", help="delivery, loan or repayment.")] = "delivery",
    operator: Operator = "",
    as_json: Json = False,
) -> None:
    """Take in pieces that came."""
    data = {"office": office, "supply": supply, "count": count, "document": document, "from": from_, "as": as_}
    say("supplies-received", office, data, operator=operator, as_json=as_json)


@supplies.command()
def move(  # noqa: PLR0913 - options are arguments
    movement: Annotated[
        str, typer.Argument(metavar="MOVEMENT", help="transferred, lent, paid-back, used-up, missing or found.")
    ],
    office: Office,
    supply: Supply,
    count: Count,
    *,
    document: Document,
    because: Because,
    to: Annotated[str | None, typer.Option(metavar="OFFICE", help="To which office, where it goes to one.")] = None,
    by: By = None,
    operator: Operator = "",
    as_json: Json = False,
) -> None:
    """Say what became of pieces in store."""
    said = {"movement": movement, "document": document, "because": because, "to": to, "by": by or None}
    data = {"office": office, "supply": supply, "count": count, **said}
    say("supplies-moved", office, data, operator=operator, as_json=as_json)


@supplies.command()
def load(
    office: Office,
    printer: Annotated[str, typer.Argument(metavar="PRINTER", help="As in the printer's own events.")],
    supply: Supply,
    operator: Operator = "",
    as_json: Json = False,
) -> None:
    """Put one new piece into a printer."""
    data = {"office": office, "printer": printer, "supply": supply}
    say("supply-loaded", office, data, operator=operator, as_json=as_json)


@supplies.command()
def stock(
    office: Annotated[str | None, typer.Argument(metavar="[OFFICE]", help="A regency with its kecamatan.")] = None,
    as_json: Json = False,
) -> None:
    """Show what is in store, on the printers, and running out."""
    from ektp.reading.snapshot import snapshot
    from ektp.reading.stock import stock as read

    with opened() as made, snapshot(made.engine) as connection:
        told = [one for one in read(connection, made.keeping, office) if one["supplies"] or one["printers"]]
    if as_json:
        names = ("office", "supplies", "printers", "supply_loans", "reorder", "low")
        print_json([{name: one[name] for name in names} for one in told])
        return
    if not told:
        print("nobody counts supplies")
        return
    rows = [(one["office"], None, supply, count, None) for one in told for supply, count in one["supplies"].items()]
    rows += [
        (one["office"], printer, supply, None, cards)
        for one in told
        for printer, left in one["printers"].items()
        for supply, cards in left.items()
    ]
    print_table(("office", "printer", "supply", "in store", "cards left"), rows)
    for one in told:
        if low := [what for what in one["low"] if what != "blanko"]:
            print(f"{one['office']}: order {', '.join(low)}")
