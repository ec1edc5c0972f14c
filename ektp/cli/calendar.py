"""The commands that ask an office's calendar: due."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer

from ektp.cli.screen import Json, print_json, print_pairs, print_table
from ektp.errors import WrongUse

calendar = typer.Typer(help="Ask the calendar of an office.", no_args_is_help=True)
_DATE: Final = ["%Y-%m-%d"]
_MOST: Final = 3650


@calendar.callback()
def _group() -> None:
    """Keep the word `due`: a group of one command would swallow it."""


@calendar.command()
def due(
    day: Annotated[datetime, typer.Argument(metavar="DATE", formats=_DATE, help="The day after it is day 1.")],
    days: Annotated[int, typer.Argument(metavar="DAYS", min=0, max=_MOST, help="How many working days.")],
    office: Annotated[str, typer.Option(metavar="CODE", help="A regency or a kecamatan, such as 33.74.10.")],
    known: Annotated[
        datetime | None, typer.Option(metavar="DATE", formats=_DATE, help="By the decrees of that day; unset: today.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Tell on which date so many working days have passed."""
    from ektp.bootstrap import calendars_of
    from ektp.cli.opening import configured
    from ektp.reading.due_date import due_date
    from schemas.places import is_office

    if not is_office(office):
        raise WrongUse(f"{office}: no regency or kecamatan has this code (33.74, 33.74.10)")
    of_office = calendars_of(configured()).of(office)
    asked = of_office.date_of(datetime.now(UTC)) if known is None else known.date()
    told = {"office": office, **due_date(of_office, day.date(), days, asked)}
    if as_json:
        print_json(told)
    else:
        _print(told)


def _print(told: dict[str, Any]) -> None:
    print_pairs([("due", told["due"]), ("office closes", told["closes"]), ("as known on", told["known"])])
    if told["not_final"]:
        print(f"calendar not final for {', '.join(map(str, told['not_final']))}")
    if told["not_counted"]:
        print()
        print_table(("not counted", "because"), [(one["day"], one["because"]) for one in told["not_counted"]])
