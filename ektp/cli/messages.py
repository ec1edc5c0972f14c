"""The commands about messages to residents: list, show, preview, bounce, stop, resume, by-hand."""

import csv
import sys
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

import typer

from ektp.cli.opening import application_named, configured, opened
from ektp.cli.replaying import account_name
from ektp.cli.saying import Because
from ektp.cli.screen import Json, note, print_json, print_pairs, print_table
from ektp.errors import EktpError, WrongUse

if TYPE_CHECKING:
    pass

messages = typer.Typer(help="Messages to residents: what was told, and who could not be.", no_args_is_help=True)
_BY_HAND: Final = ("office", "resi", "kelurahan", "notice", "state", "at")
Id = Annotated[str, typer.Argument(metavar="ID", help="The message's UUID, as in the list.")]
Application = Annotated[str, typer.Argument(metavar="APPLICATION", help="Its UUID, or the code of its resi.")]
Office = Annotated[str | None, typer.Option(metavar="CODE", help="Only this office and its kecamatan.")]
By = Annotated[str, typer.Option(metavar="NAME", help="Who says so; the account's name if not given.")]


@messages.command("list")
def list_(  # noqa: PLR0913, PLR0917 - each is an option
    office: Office = None,
    state: Annotated[str | None, typer.Option(metavar="STATE", help="planned, sent, unknown, nobody ...")] = None,
    notice: Annotated[str | None, typer.Option(metavar="NOTICE", help="Such as re-recording-required.")] = None,
    application: Annotated[str | None, typer.Option(metavar="APPLICATION", help="UUID or resi.")] = None,
    most: Annotated[int, typer.Option("--most", min=1, max=100_000, help="How many.")] = 50,
    as_json: Json = False,
) -> None:
    """List messages, the latest first: when, which, over what."""
    from ektp.reading.messages import messages as listed
    from ektp.reading.snapshot import snapshot

    _known_state(state)
    with opened() as made:
        id_ = application_named(made, application) if application else None
        with snapshot(made.engine) as connection:
            found = listed(
                connection, [office] if office else (), state=state, notice=notice, application=id_, most=most
            )
    if as_json:
        print_json(found)
    elif not found:
        print("there is none")
    else:
        names = ("message", "resi", "notice", "state", "because", "channel", "planned", "sent")
        print_table(names, [[one[name] for name in names] for one in found])


@messages.command()
def show(message: Id, as_json: Json = False) -> None:
    """Show one message: what it tells, until when, what became of it."""
    from ektp.reading.messages import message as shown
    from ektp.reading.snapshot import snapshot

    with opened() as made, snapshot(made.engine) as connection:
        told = shown(connection, _uuid(message))
    if as_json:
        print_json(told)
    else:
        print_pairs((name.replace("_", " "), value) for name, value in told.items())


@messages.command()
def preview(
    notice: Annotated[str, typer.Argument(metavar="NOTICE", help="Such as re-recording-required.")],
    language: Annotated[str, typer.Option("--language", metavar="CODE", help="id, en, jv.")] = "id",
    office: Annotated[str, typer.Option("--office", metavar="CODE", help="Whose hours and own words.")] = "33.74",
    as_json: Json = False,
) -> None:
    """Show how a notice is told, with a made-up receipt."""
    from ektp.residents.preview import previewed

    told = previewed(configured(), notice, language, office)
    if as_json:
        print_json(told)
    else:
        print_pairs(told.items())


@messages.command()
def bounce(message: Id, because: Because, by: By = "") -> None:
    """Say that a message came back; its contact is used no more."""
    from ektp.residents.contacts import bounce as bounced

    with opened() as made:
        if not bounced(made.engine, _uuid(message), by or account_name(), because, made.audit.chain):
            raise EktpError(f"{message} did not leave, or came back before: see `ektp messages show {message}`")
    print(f"{message} is bounced: its resident is told by hand")


@messages.command()
def stop(application: Application, by: By = "") -> None:
    """Send no more messages to a resident who wants none."""
    from ektp.residents.contacts import stop as stopped

    with opened() as made:
        id_ = application_named(made, application)
        stopped(made.engine, id_, by or account_name(), made.audit.chain)
    print(f"{id_}: no more messages; `ektp messages resume` takes it back")


@messages.command()
def resume(application: Application, by: By = "") -> None:
    """Send messages again, also where they came back before."""
    from ektp.residents.contacts import resume as resumed

    with opened() as made:
        id_ = application_named(made, application)
        resumed(made.engine, id_, by or account_name(), made.audit.chain)
    print(f"{id_}: messages are sent again")


@messages.command("by-hand")
def by_hand(
    office: Office = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="As CSV, for a list to carry.")] = False,
    as_json: Json = False,
) -> None:
    """List who has to be told by hand: resi, kelurahan, which notice."""
    from ektp.reading.messages import by_hand as left
    from ektp.reading.snapshot import snapshot

    with opened() as made, snapshot(made.engine) as connection:
        found = list(left(connection, [office] if office else ()))
    if as_json:
        print_json(found)
    elif as_csv:
        lines = csv.writer(sys.stdout)
        lines.writerows([_BY_HAND, *([one[name] for name in _BY_HAND] for one in found)])
    elif not found:
        print("everybody was told")
    else:
        print_table(_BY_HAND, [[one[name] for name in _BY_HAND] for one in found])
        note(f"{len(found)} to be told by hand; --csv to take along")


def _known_state(state: str | None) -> None:
    from workflows.messages import MessageState

    if state is not None and state not in set(MessageState):
        raise WrongUse(f"--state {state}: there is {', '.join(MessageState)}")


def _uuid(message: str) -> UUID:
    try:
        return UUID(message)
    except ValueError:
        raise WrongUse(f"{message} is no id of a message: see `ektp messages list`") from None
