"""The accounts of people and programs at the keyboard: add, list, disable, enable, password, token."""

import sys
from typing import Annotated, Any

import typer

from ektp.cli.opening import opened
from ektp.cli.replaying import account_name
from ektp.cli.screen import Json, note, print_json, print_pairs, print_table
from ektp.errors import WrongUse

accounts = typer.Typer(help="Say who may sign in, and what each may do.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help="a-z, 0-9, point, _ and -; 3 to 32 long.")]
Roles = Annotated[
    list[str] | None,
    typer.Option("--role", metavar="ROLE", help="viewer, operator, approver, auditor or admin; may be given again."),
]
Offices = Annotated[
    list[str] | None,
    typer.Option("--office", metavar="CODE", help="Where: 33, 33.74, 33.74.10, or all; may be given again."),
]
Ask = Annotated[
    bool, typer.Option("--ask", help="Ask for the password, or read one line of stdin; else one is made and shown.")
]


@accounts.command()
def add(name: Name, *, role: Roles = None, office: Offices = None, ask: Ask = False, as_json: Json = False) -> None:
    """Add somebody who may sign in at /login."""
    from ektp.people.people import grant_of, named

    grant = grant_of(role or (), office or ())
    password, shown = _password(named(name), ask=ask)
    with opened() as made:
        made.people().add(name, grant, password, account_name())
    _print_account({"account": name, **grant.told(), "password": shown}, as_json=as_json)


@accounts.command("list")
def list_(as_json: Json = False) -> None:
    """List people and tokens: what each may do, and where."""
    with opened() as made:
        found = made.people().told()
    if as_json:
        print_json(found)
    elif found:
        rows = [[one["account"], one["kind"], *map(" ".join, (one["roles"], one["offices"])), one["added"],
                 one.get("expires"), one["disabled"]] for one in found]  # fmt: skip
        print_table(("account", "kind", "roles", "offices", "added", "expires", "disabled"), rows)
    else:
        print("there is none: the token in EKTP_HOME/token may do everything")


@accounts.command()
def disable(name: Name, *, as_json: Json = False) -> None:
    """Let somebody in no more; every session ends within a second."""
    with opened() as made:
        made.people().disable(name, account_name())
    _print_done({"account": name, "disabled": True}, f"{name} is disabled", as_json=as_json)


@accounts.command()
def enable(name: Name, *, as_json: Json = False) -> None:
    """Let somebody in again, with the password of before."""
    with opened() as made:
        made.people().enable(name, account_name())
    _print_done({"account": name, "disabled": False}, f"{name} may sign in again", as_json=as_json)


@accounts.command()
def password(name: Name, *, ask: Ask = False, as_json: Json = False) -> None:
    """Give somebody a new password; every session ends."""
    given, shown = _password(name, ask=ask)
    with opened() as made:
        made.people().change_password(name, given, account_name())
    _print_account({"account": name, "password": shown}, as_json=as_json)


@accounts.command()
def token(  # noqa: PLR0913 - options are arguments
    name: Name,
    *,
    role: Roles = None,
    office: Offices = None,
    days: Annotated[int, typer.Option(metavar="DAYS", help="For how long it counts; 366 at most.")] = 90,
    revoke: Annotated[bool, typer.Option("--revoke", help="Let it count no more.")] = False,
    as_json: Json = False,
) -> None:
    """Make a token with which a program asks the API, or revoke it.

    It is shown this once.
    """
    from ektp.people.people import days_of, grant_of, named
    from ektp.reading.moments import written

    if revoke:
        with opened() as made:
            made.people().revoke_token(name, account_name())
        _print_done({"account": name, "disabled": True}, f"the token {name} is revoked", as_json=as_json)
        return
    grant, wanted = grant_of(role or (), office or ()), days_of(days)
    with opened() as made:
        secret, expires = made.people().add_token(named(name), grant, wanted, account_name())
    _print_account({"account": name, **grant.told(), "expires": written(expires), "token": secret}, as_json=as_json)


def _password(name: str, *, ask: bool) -> tuple[str, str | None]:
    """Return a password, and once more if it was made here and has to be shown. Raises WrongUse."""
    from ektp.people import passwords

    if not ask:
        made = passwords.made()
        return made, made
    if not sys.stdin.isatty():
        given = sys.stdin.readline().rstrip("\r\n")
        if not given:
            raise WrongUse("--ask reads the password from the first line of stdin, which is empty")
        return given, None
    from getpass import getpass

    given = getpass(f"New password of {name}: ", sys.stderr)
    if getpass("Once more: ", sys.stderr) != given:
        raise WrongUse("the two are not the same: nothing was changed")
    return given, None


def _print_account(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(told)
        return
    print_pairs((name, value) for name, value in told.items() if value is not None)
    if told.get("password") or told.get("token"):
        note("it is shown this once")


def _print_done(told: dict[str, Any], words: str, *, as_json: bool) -> None:
    if as_json:
        print_json(told)
    else:
        print(words)
