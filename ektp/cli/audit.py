"""The audit at the keyboard: list, verify, head."""

from itertools import islice
from pathlib import Path
from typing import Annotated, Final

import typer

from ektp.cli.opening import opened
from ektp.cli.progress import progress
from ektp.cli.screen import Json, note, print_json, print_pairs, print_table

audit = typer.Typer(help="See who did what, and prove that nobody has changed it since.", no_args_is_help=True)
_SHOWN: Final = 50


@audit.command("list")
def list_(
    actor: Annotated[str | None, typer.Option(metavar="NAME", help="Only what this account did.")] = None,
    what: Annotated[str | None, typer.Option(metavar="ACT", help="Only acts of this kind: station-added.")] = None,
    about: Annotated[str | None, typer.Option(metavar="NAME", help="Only what was done to this.")] = None,
    everything: Annotated[bool, typer.Option("--all", help=f"All of it, not only the last {_SHOWN}.")] = False,
    as_json: Json = False,
) -> None:
    """List who did what, the newest first."""
    from ektp.reading.audit import Asked, audit_rows
    from ektp.reading.snapshot import snapshot

    with opened() as made, snapshot(made.engine) as connection:
        found = audit_rows(connection, Asked(actor, what, about), most=None if everything else _SHOWN + 1)
        rows = list(found if everything else islice(found, _SHOWN))
        more = next(found, None) is not None
    if as_json:
        print_json(rows)
        return
    if not rows:
        print("nothing was noted")
        return
    names = ("seq", "at", "actor", "what", "about")
    print_table((*names, "detail"), [(*(row[name] for name in names), _told(row["detail"])) for row in rows])
    if more:
        note("and more before these: --all lists everything")


@audit.command()
def verify(
    head: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A head exported before: finds what was cut off since.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Walk along the whole chain, and say where it is broken.

    Finds a row that was changed, taken away, put in or moved. Exit code 1 if there is one.
    """
    from sqlalchemy import text

    from ektp.reading.audit import exported_head
    from ektp.reading.snapshot import snapshot
    from ektp.verification.audit import walked

    exported = None if head is None else exported_head(head)
    with opened() as made:
        key = made.keyring.audit_key()
        with progress("verifying") as advance, snapshot(made.engine) as connection:
            connection.execute(text("set local statement_timeout = 0"))
            walk = walked(connection, key, exported, advance)
    if as_json:
        told = {"ok": walk.first is None, "rows": walk.rows, "broken": walk.broken}
        ending = {"seq": walk.head.seq, "mac": walk.head.mac.hex()}
        print_json({**told, "first": walk.first, "why": walk.why or None, "head": ending})
    elif walk.first is None:
        print(f"{walk.rows} rows, each as it was noted")
    else:
        print(f"row {walk.first} {walk.why}; {walk.broken} of {walk.rows} in all")
    if walk.first is not None:
        raise typer.Exit(1)


@audit.command()
def head(as_json: Json = False) -> None:
    """Print the end of the chain, to be kept on another machine.

    With --json it is what `verify --head FILE` reads: whoever cuts rows off cannot change that file.
    """
    from ektp.reading.audit import audit_head
    from ektp.reading.snapshot import snapshot

    with opened() as made, snapshot(made.engine) as connection:
        told = audit_head(connection)
    if as_json:
        print_json(told)
    else:
        print_pairs(told.items())


def _told(detail: dict[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in detail.items() if value is not None)
