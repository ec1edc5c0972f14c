"""The command that looks ahead: forecast."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from ektp.cli.opening import opened
from ektp.cli.screen import Json, print_json, print_pairs, print_table
from ektp.errors import WrongUse

_HEAD = ("office", "waiting", "new a day", "printed a day", "stock", "backlog ends", "stock ends", "order")


def forecast(
    office: Annotated[str | None, typer.Argument(metavar="[OFFICE]", help="A printing office; all by default.")] = None,
    incoming: Annotated[
        list[str] | None, typer.Option(metavar="DATE=COUNT", help="A delivery that is promised; may be repeated.")
    ] = None,
    letter: Annotated[
        Path | None, typer.Option(metavar="FILE.pdf", help="Also write the request to the ministry.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Tell when backlog and stock end, and what to order.

    By the rates of the last twenty working days, in working days of the office. The order is what a month wants, but
    no more than can be printed in it: so the ministry grants it.
    """
    from ektp.reading.forecast import forecasts
    from ektp.reading.snapshot import snapshot
    from schemas.places import is_office

    if office is not None and not is_office(office):
        raise WrongUse(f"{office}: no regency or kecamatan has this code (33.74, 33.74.10)")
    promised = _promised(incoming or [])
    if promised and office is None:
        raise WrongUse("--incoming is a delivery to one office: name it (ektp forecast 33.74 --incoming ...)")
    if letter is not None and office is None:
        raise WrongUse("--letter is written for one office: name it (ektp forecast 33.74 --letter FILE.pdf)")
    with opened() as made:
        with snapshot(made.engine) as connection:
            told = forecasts(connection, made.keeping, made.calendars, office=office, incoming=promised)
        if letter is not None:
            _write(letter, made.letters.blanko_request(told[0]))
    if as_json:
        print_json(told)
    elif not told:
        print("nobody waits, and no blanko is in stock")
    elif office is None:
        print_table(_HEAD, map(_cells, told))
    else:
        _print(told[0])


def _write(file: Path, written: bytes) -> None:
    try:
        file.write_bytes(written)
    except OSError as error:
        raise WrongUse(f"{file}: {error.strerror}: name another file") from None


def _promised(given: list[str]) -> dict[date, int]:
    found: dict[date, int] = {}
    for one in given:
        day, _, count = one.partition("=")
        try:
            on, number = date.fromisoformat(day), int(count)
        except ValueError:
            raise WrongUse(f"--incoming {one}: write it as 2018-03-01=5000") from None
        if number < 1:
            raise WrongUse(f"--incoming {one}: a delivery has one blanko at least")
        found[on] = found.get(on, 0) + number
    return found


def _cells(one: dict[str, Any]) -> tuple[object, ...]:
    rates = one["verified_a_day"], one["printed_a_day"]
    return (one["office"], one["waiting"], *rates, one["stock"], _day(one["backlog_ends"]), _day(one["stock_ends"]),
            one["order"])  # fmt: skip


def _print(one: dict[str, Any]) -> None:
    print_pairs([
        ("waiting", one["waiting"]),
        ("stock", f"{one['stock']}, {one['incoming']} promised" if one["incoming"] else one["stock"]),
        ("new a working day", one["verified_a_day"]),
        ("printed a working day", one["printed_a_day"]),
        ("printers can", one["capacity_a_day"]),
        ("backlog ends", _day(one["backlog_ends"])),
        ("stock ends", _day(one["stock_ends"])),
        ("order", one["order"]),
        ("wanted", f"{one['need']} in {one['order_days']} working days"),
        ("can be printed", f"{one['capability']} in them"),
    ])  # fmt: skip


def _day(found: dict[str, Any] | None) -> str | None:
    if found is None:
        return None
    return f"{found['date']} ({found['working_days']} working days)" if found["working_days"] else "now"
