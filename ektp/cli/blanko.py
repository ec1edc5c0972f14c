"""The stock of blanko at the keyboard: receive, stock, and a command for each movement."""

from collections.abc import Callable
from typing import Annotated, Any, Final

import typer

from ektp.cli.opening import opened
from ektp.cli.saying import Because, Document, Operator, say
from ektp.cli.screen import Json, print_json, print_pairs, print_table
from schemas.upcasting import name_of

blanko = typer.Typer(help="Keep the ledger of blanko.", no_args_is_help=True)
Office = Annotated[str, typer.Argument(metavar="OFFICE", help="A regency or a kecamatan, such as 33.74.")]
First = Annotated[str, typer.Argument(metavar="FIRST", help="The first serial.")]
Last = Annotated[str | None, typer.Argument(metavar="[LAST]", help="The last one; FIRST alone if not given.")]
Note = Annotated[str, typer.Option(metavar="NUMBER", help="The delivery note.")]
From = Annotated[str | None, typer.Option("--from", metavar="OFFICE", help="Who gave it; the centre if not given.")]
As = Annotated[str, typer.Option("--as", metavar="KIND", help="delivery, loan or repayment.")]
To = Annotated[str, typer.Option(metavar="OFFICE", help="To which office.")]
By = Annotated[list[str], typer.Option(metavar="NAME", help="Two different people, each with --by.")]
_PLACES: Final = ("in-stock", "allocated", "printed", "spoiled", "lent", "returned", "destroyed", "missing")
#: command -> the movement it tells of, and what it is for.
TO_ANOTHER_OFFICE: Final = {
    "move": ("transferred", "Transfer blanko to another office."),
    "lend": ("lent", "Lend blanko to another office, which owes as many then."),
    "repay": ("paid-back", "Pay back what was borrowed, with these or other blanko."),
}
ALONE: Final = {
    "spoil": ("spoiled", "Put spoiled blanko aside; they are destroyed or returned later."),
    "return": ("returned", "Return blanko to the centre."),
    "take-back": ("came-back", "Take back what was lent or returned."),
    "found": ("found", "Take back what was missing."),
}
BY_TWO_PEOPLE: Final = {
    "destroy": ("destroyed", "Destroy blanko before two witnesses."),
    "missing": ("missing", "Report blanko as missing, by two people."),
}


@blanko.command()
def receive(  # noqa: PLR0913 - options are arguments
    office: Office,
    first: First,
    last: Last = None,
    *,
    delivery_note: Note,
    from_: From = None,
    as_: As = "delivery",
    operator: Operator = "",
    as_json: Json = False,
) -> None:
    """Take in a delivery, a loan or a repayment."""
    data = {"office": office, "first": first, "last": last or first, "delivery_note": delivery_note}
    say("blanko-received", office, {**data, "from": from_, "as": as_}, operator=operator, as_json=as_json)


@blanko.command()
def stock(
    office: Annotated[str | None, typer.Argument(metavar="[OFFICE]", help="A regency with its kecamatan.")] = None,
    serial: Annotated[str | None, typer.Option(metavar="SERIAL", help="Tell the life of this one.")] = None,
    as_json: Json = False,
) -> None:
    """Show what lies where, or the life of one serial."""
    from ektp.reading import stock as reading
    from ektp.reading.snapshot import snapshot

    with opened() as made, snapshot(made.engine) as connection:
        if serial is not None:
            life = reading.life_of(connection, serial)
            (print_json if as_json else _print_life)(life)
            return
        told = reading.stock(connection, made.keeping, office)
    (print_json if as_json else _print_stock)(told)


def _moving(movement: str) -> Callable[..., None]:
    """Return what says *movement* of a range."""

    def said(office: str, first: str, last: str | None, *, operator: str, as_json: bool, **more: Any) -> None:  # noqa: ANN401
        data = {"office": office, "first": first, "last": last or first, "movement": movement, **more}
        say("blanko-moved", office, data, operator=operator, as_json=as_json)

    return said


def _to_another(name: str, movement: str, sentence: str) -> None:
    move = _moving(movement)

    @blanko.command(name, help=sentence)
    def command(  # noqa: PLR0913 - options are arguments
        office: Office,
        first: First,
        last: Last = None,
        *,
        to: To,
        document: Document,
        because: Because,
        operator: Operator = "",
        as_json: Json = False,
    ) -> None:
        move(office, first, last, to=to, document=document, because=because, operator=operator, as_json=as_json)


def _alone(name: str, movement: str, sentence: str) -> None:
    move = _moving(movement)

    @blanko.command(name, help=sentence)
    def command(  # noqa: PLR0913 - options are arguments
        office: Office,
        first: First,
        last: Last = None,
        *,
        document: Document,
        because: Because,
        operator: Operator = "",
        as_json: Json = False,
    ) -> None:
        move(office, first, last, document=document, because=because, operator=operator, as_json=as_json)


def _by_two(name: str, movement: str, sentence: str) -> None:
    move = _moving(movement)

    @blanko.command(name, help=sentence)
    def command(  # noqa: PLR0913 - options are arguments
        office: Office,
        first: First,
        last: Last = None,
        *,
        by: By,
        document: Document,
        because: Because,
        operator: Operator = "",
        as_json: Json = False,
    ) -> None:
        move(office, first, last, by=by, document=document, because=because, operator=operator, as_json=as_json)


for _added, _commands in ((_to_another, TO_ANOTHER_OFFICE), (_alone, ALONE), (_by_two, BY_TWO_PEOPLE)):
    for _name, (_movement, _sentence) in _commands.items():
        _added(_name, _movement, _sentence)


def _print_stock(told: list[dict[str, Any]]) -> None:
    if not told:
        print("nothing lies anywhere")
        return
    rows = [(one["office"], *(one["places"][it] for it in _PLACES), ", ".join(one["low"]) or None) for one in told]
    print_table(("office", *_PLACES, "low"), rows)
    for one in told:
        for other, count in one["loans"].items():
            print(f"{one['office']}: " + (f"{other} owes {count}" if count > 0 else f"owes {-count} to {other}"))
        for supply, count in one["supplies"].items():
            print(f"{one['office']}: {count} {supply} in store")
        for printer, left in one["printers"].items():
            rest = ", ".join(f"{supply} for {cards} cards" for supply, cards in left.items())
            print(f"{one['office']}: {printer} has {rest}")


def _print_life(told: dict[str, Any]) -> None:
    print_pairs((name.replace("_", " "), value) for name, value in told.items() if name != "movements")
    print()
    head = ("moved", "from", "to", "event", "by", "document", "because")
    print_table(head, [_step(one) for one in told["movements"]])


def _step(one: dict[str, Any]) -> tuple[object, ...]:
    came = f"{one['from']['office']} {one['from']['place']}" if one["from"] else None
    kind = name_of(one["type"] or "") or None
    went = f"{one['to']['office']} {one['to']['place']}"
    return one["moved"], came, went, kind, one["by"], one["document"], one["because"]
