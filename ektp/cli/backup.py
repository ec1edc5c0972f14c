"""The commands that bring everything to safety and back: backup, restore."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ektp.cli.opening import configured, opened
from ektp.cli.replaying import By, account_name
from ektp.cli.screen import Json, note, print_json, print_pairs
from ektp.errors import WrongUse

if TYPE_CHECKING:
    from ektp.backup.manifest import Manifest

PassphraseFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Holds the passphrase; asked for at the terminal if not given.")
]


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it; not there yet.")],
    passphrase_file: PassphraseFile = None,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Write database, keys and configuration into one file.

    Everything may go on running: the backup is of one moment. The keys in it open with the passphrase only.
    """
    from ektp.backup.taking import take

    passphrase = _passphrase(passphrase_file, twice=True)
    with opened() as made:
        manifest = take(made, file, passphrase, by or account_name())
    told = {"file": str(file), "bytes": file.stat().st_size, **_told(manifest)}
    if as_json:
        print_json(told)
        return
    print_pairs((name.replace("_", " "), value) for name, value in told.items() if name != "counts")
    note("keep the passphrase elsewhere: without it nobody can read a person in this file, and it cannot be restored")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `ektp backup` wrote.")],
    passphrase_file: PassphraseFile = None,
    check: Annotated[bool, typer.Option("--check", help="Only read and check it; nothing is written.")] = False,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Restore a backup into an empty database and home.

    It says when the last commit in it was, and asks the stations for everything since.
    """
    from ektp.backup.restoring import read_backup, restore

    settings = configured()
    read = read_backup(file, _passphrase(passphrase_file, twice=False))
    told: dict[str, Any] = _told(read.manifest)
    configuration = None
    if not check:
        done = restore(settings, read, by or account_name())
        told["stations"], configuration = done.stations, done.configuration
        told |= {"audit": done.audit or "whole", "configuration": str(configuration) if configuration else None}
    if as_json:
        print_json(told)
        return
    print_pairs((name.replace("_", " "), value) for name, value in told.items() if name != "counts")
    if check:
        print("it is whole, and the passphrase is right")
    else:
        note(
            f"asked {told['stations']} stations for everything since {told['since']}: they hear it when the relay runs"
        )
        if configuration is not None and settings.rules != configuration:
            note(f"the configuration is in {configuration}: set EKTP_CONFIG to it")


def _told(manifest: "Manifest") -> dict[str, Any]:
    from ektp.reading.moments import written

    return {
        "backup": str(manifest.id),
        "release": manifest.release,
        "revision": manifest.revision,
        "made": written(manifest.made),
        "last_commit": written(manifest.last_commit),
        "since": written(manifest.since),
        "applications": manifest.counts["applications"],
        "counts": manifest.counts,
    }


def _passphrase(file: Path | None, *, twice: bool) -> str:
    """Read it from the file or the terminal; it is never an argument, which others could read. Raises WrongUse."""
    import getpass

    from ektp.backup.wrapping import SHORTEST

    if file is not None:
        try:
            given = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeError) as error:
            raise WrongUse(f"{file}: {getattr(error, 'strerror', None) or 'it is no text'}") from None
    elif sys.stdin.isatty():
        given = getpass.getpass("passphrase: ")
        if twice and getpass.getpass("once more: ") != given:
            raise WrongUse("the two were not the same")
    else:
        raise WrongUse("there is no terminal to ask for the passphrase: give --passphrase-file FILE")
    if twice and len(given) < SHORTEST:
        raise WrongUse(f"the passphrase is shorter than {SHORTEST} characters")
    return given
