"""The command about who waits for a blanko: queue."""

from typing import Annotated, Any, Final

import typer

from ektp.cli.opening import opened
from ektp.cli.screen import Json, print_json, print_pairs, print_table
from ektp.errors import WrongUse

#: Why nothing is given out, for a person.
STOPS: Final = {
    "no-blanko": "no blanko is in stock",
    "no-ribbon": "blanko lie ready, but no printer has a ribbon left",
    "quota-reached": "the office's quota of the day is given out",
    "capacity-reached": "the printers have all they can print in a day",
    "allocator-is-external": "the office's warehouse gives out its blanko itself",
}


def queue(
    office: Annotated[
        str | None, typer.Argument(metavar="[OFFICE]", help="A regency or a kecamatan; all if not given.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show who waits for a blanko in which lane, who is next and why.

    Of the office that prints the cards of OFFICE. It says why nothing is given out, if so.
    """
    from ektp.reading.print_queue import queues
    from ektp.reading.snapshot import snapshot
    from schemas.places import is_office

    if office is not None and not is_office(office):
        raise WrongUse(f"{office}: the code of a regency or a kecamatan, such as 33.74")
    with opened() as made, snapshot(made.engine) as connection:
        told = queues(connection, made.keeping, office)
    if as_json:
        print_json(told)
        return
    for number, one in enumerate(told):
        if number:
            print()
        _print(one)
    if not told:
        print("nobody waits for a blanko")


def _print(told: dict[str, Any]) -> None:
    names = ("office", "waiting", "too_young", "in_stock", "given_today", "capacity", "quota")
    print_pairs((name.replace("_", " "), told[name]) for name in names)
    if told["stopped"]:
        print(f"nothing is given out: {STOPS[told['stopped']]}")
    print_table(
        ("lane", "waiting", "oldest", "shares"),
        [(one["lane"], one["waiting"], one["oldest"], one["weight"]) for one in told["lanes"]],
    )
    if told["next"]:
        print_table(("next", "because"), [(one["application"], one["because"]) for one in told["next"]])
