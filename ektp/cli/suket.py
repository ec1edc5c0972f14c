"""The commands about letters for residents: suket list, show and pdf; resi."""

from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ektp.cli.opening import opened
from ektp.cli.replaying import account_name
from ektp.cli.screen import Json, note, print_json, print_pairs, print_table
from ektp.errors import WrongUse

suket = typer.Typer(help="Look at the letters that bridge the time until the card.", no_args_is_help=True)
_SHOWN: Final = 50
Number = Annotated[str, typer.Argument(metavar="NUMBER", help="As on the letter: 471.13/000123/33.74.10/2018.")]
By = Annotated[str, typer.Option(metavar="NAME", help="For whom it is done; the account's name if not given.")]


@suket.command("list")
def list_(
    office: Annotated[str | None, typer.Option(metavar="CODE", help="Only this office and its kecamatan.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also those that were withdrawn or renewed.")] = False,
    as_json: Json = False,
) -> None:
    """List the letters that were not withdrawn, by office."""
    from ektp.reading.snapshot import snapshot
    from ektp.reading.suket import sukets

    with opened() as made, snapshot(made.engine) as connection:
        found = sukets(connection, office, everything=everything)
        if as_json:
            print_json([one.told() for one in found])
            return
        first = [one.told() for one in islice(found, _SHOWN)]
        more = sum(1 for _ in found)
    if not first:
        print("there is none")
        return
    names = ("number", "standing", "issued", "valid_until", "because", "application")
    print_table([name.replace("_", " ") for name in names], [[row[name] for name in names] for row in first])
    if more:
        note(f"and {more} more: --office narrows it, --json lists them all")


@suket.command()
def show(number: Number, as_json: Json = False) -> None:
    """Show one letter, and what its verification page says."""
    from ektp.reading.snapshot import snapshot
    from ektp.reading.suket import suket_of_number

    with opened() as made:
        with snapshot(made.engine) as connection:
            found = suket_of_number(connection, number)
        address, page = made.letters.check_address(found), made.letters.checked(found.code, "en")
    told: dict[str, Any] = {**found.told(), "name": page["name"], "verify": address}
    if as_json:
        print_json(told)
    else:
        print_pairs((name.replace("_", " "), value) for name, value in told.items())


@suket.command()
def pdf(
    number: Number,
    file: Annotated[Path, typer.Option("-o", "--output", metavar="FILE.pdf", help="Where to write it.")],
    by: By = "",
) -> None:
    """Write a letter as PDF; who had it written is logged."""
    with opened() as made:
        written = made.letters.suket_pdf(number, by or account_name())
    _write(file, written)


def resi(
    application: Annotated[str, typer.Argument(metavar="APPLICATION", help="Its UUID, or the code of its resi.")],
    file: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE.pdf", help="Also write it as PDF.")
    ] = None,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Give a receipt: its code and a new PIN, shown this once.

    The PIN before it is void.
    """
    with opened() as made:
        found = made.letters.new_resi(application, by or account_name())
        if file is not None:
            _write(file, made.letters.resi_pdf(found))
    told = {"application": found.application, "resi": found.resi, "pin": found.pin, "track": found.address}
    if as_json:
        print_json(told)
    else:
        print_pairs(told.items())


def _write(file: Path, written: bytes) -> None:
    """Write a file that holds a person, for nobody else to read."""
    try:
        file.touch(mode=0o600)
        file.write_bytes(written)
    except OSError as error:
        raise WrongUse(f"{file}: {error.strerror}: name another file") from None
