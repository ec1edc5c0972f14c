"""The reports: report clearance, report stock."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Annotated, Any, Final

import typer

from ektp.cli.opening import opened
from ektp.cli.screen import Json, print_json, print_table
from ektp.errors import WrongUse

report = typer.Typer(no_args_is_help=True, help="What was done each day, and the stock as everybody may see it.")
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV for a spreadsheet.")]
_STOCK: Final = ("office", "name", "stock", "used_today", "used_week", "waiting", "stock_ends")


@report.command()
def clearance(
    since: Annotated[str, typer.Option("--from", metavar="DAY", help="The first day; a month before the last.")] = "",
    until: Annotated[str, typer.Option("--to", metavar="DAY", help="The last day; today if not given.")] = "",
    office: Annotated[str, typer.Option(metavar="CODE", help="Only this region's offices.")] = "",
    as_csv: Csv = False,
    as_json: Json = False,
) -> None:
    """Tell of each day what came in, was finished, failed, and waits.

    By day and office, by the offices' own days; who waits, and waits for a blanko, is as of the end of the day.
    """
    from sqlalchemy import func, select

    from ektp.reading.reports import COLUMNS, clearance_report, span_of, today_of
    from ektp.reading.snapshot import snapshot

    with opened() as made:
        with snapshot(made.engine) as connection:
            now = connection.scalars(select(func.ektp_now())).one()
        try:
            span = span_of(since, until, office, today_of(now, office))
        except ValueError as wrong:
            raise WrongUse(str(wrong)) from None
        found = clearance_report(lambda: snapshot(made.engine), span)
        if as_json:
            sys.stdout.writelines(chain(found.json(), ["\n"]))
        else:
            _print(COLUMNS, found.rows(), as_csv=as_csv, nothing="nothing was done and nobody waits")


@report.command()
def stock(as_csv: Csv = False, as_json: Json = False) -> None:
    """Show the blanko stock as it is published."""
    from ektp.reading.published import COLUMNS, published
    from ektp.reading.snapshot import snapshot

    with opened() as made, snapshot(made.engine) as connection:
        wants = lambda code: made.config.office(code).publish_stock  # noqa: E731
        rows = published(connection, made.keeping, made.calendars, wants)
    if as_json:
        print_json({"offices": rows})
    else:
        _print(COLUMNS if as_csv else _STOCK, rows, as_csv=as_csv, nothing="no office shows a stock or a queue")


def _print(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], *, as_csv: bool, nothing: str) -> None:
    from ektp.spreadsheet import csv_parts

    if as_csv:
        sys.stdout.writelines(csv_parts(columns, rows))
    elif found := list(rows):
        print_table(columns, [[row[name] for name in columns] for row in found])
    else:
        print(nothing)
