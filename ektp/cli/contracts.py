"""The command that writes the contract as files for others, and compares it with one that was released: contracts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from ektp.cli.screen import Json, note, print_json
from ektp.errors import WrongUse


def contracts(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the files go.")],
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 when a file differs.")] = False,
    against: Annotated[
        Path | None, typer.Option(metavar="OLD", help="Exit 1 when it breaks the contract in this folder.")
    ] = None,
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
    told = _compared(against, made) if against else {}
    if as_json:
        print_json({"ok": not found and not told.get("breaking"), "files": sorted(made), "differences": found, **told})
    else:
        for path, how in found.items():
            note(f"{path}: {how}")
        print(f"{len(made)} files {'compared' if check else 'written'}, {len(found)} differ")
        for one in told.get("added", ()):
            print(f"added: {_line(one)}")
        for one in told.get("breaking", ()):
            note(f"breaking: {_line(one)}")
        if told:
            print(f"against {told['against']}: {len(told['breaking'])} breaking, {len(told['added'])} added")
        if told.get("breaking"):
            note("keep what was, and say the new thing as a v2 beside it")
    if (check and found) or told.get("breaking"):
        raise typer.Exit(1)


def _compared(folder: Path, made: Mapping[str, str]) -> dict[str, Any]:
    """Return what a released contract and ours differ in, as `--json` tells it. Raises WrongUse."""
    from ektp.contracts.compatibility import compared, kept

    try:
        found = compared(kept(folder), made)
    except OSError as error:
        raise WrongUse(
            f"{error.filename or folder}: {error.strerror}; OLD is a folder that `contracts` wrote"
        ) from None
    except (ValueError, KeyError, TypeError):
        raise WrongUse(f"{folder}: holds no contract; OLD is a folder that `contracts` wrote") from None
    breaking, added = ([change._asdict() for change in changes] for changes in (found.breaking, found.added))
    return {"against": found.old, "version": found.new, "breaking": breaking, "added": added}


def _line(change: Mapping[str, str]) -> str:
    return f"{change['file']}{' ' if change['path'] else ''}{change['path']}: {change['why']}"
