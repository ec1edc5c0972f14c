"""The command that writes the contract as files for others: contracts."""

from pathlib import Path
from typing import Annotated

import typer

from ektp.cli.screen import Json, note, print_json
from ektp.errors import WrongUse


def contracts(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the files go.")],
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 when a file differs.")] = False,
    vhost: Annotated[str, typer.Option(help="The virtual host in definitions.json.")] = "/",
    as_json: Json = False,
) -> None:
    """Write JSON Schemas, AsyncAPI, definitions and reasons to DIR."""
    from ektp.contracts.documents import differences, documents, write

    made = documents(vhost)
    try:
        if not check:
            write(folder, made)
        found = differences(folder, made)
    except OSError as error:
        raise WrongUse(f"{folder}: {error.strerror}") from None
    if as_json:
        print_json({"ok": not found, "files": sorted(made), "differences": found})
    else:
        for path, how in found.items():
            note(f"{path}: {how}")
        print(f"{len(made)} files {'compared' if check else 'written'}, {len(found)} differ")
    if check and found:
        raise typer.Exit(1)
