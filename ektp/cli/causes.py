"""The groups of what is parked, at the keyboard: counted, owned, muted, noted."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ektp.cli.opening import opened
from ektp.cli.replaying import By, account_name
from ektp.cli.screen import Json, print_json, print_table
from ektp.errors import WrongUse

if TYPE_CHECKING:
    from ektp.bootstrap import Parts

Group = Annotated[str, typer.Argument(metavar="GROUP", help="Of `ektp parked groups --by cause`.")]
_KINDS = ("cause", "reason", "station", "office", "type", "version")


def groups(
    by: Annotated[
        str, typer.Option("--by", metavar="WHAT", help=f"What makes a group: {', '.join(_KINDS)}.")
    ] = "reason",
    as_json: Json = False,
) -> None:
    """Count what is parked, in groups.

    Also what came since the last release was first started.
    """
    from ektp.reading.causes import By as Kind
    from ektp.reading.causes import groups as counted
    from ektp.reading.snapshot import snapshot

    if by not in _KINDS:
        raise WrongUse(f"--by is one of {', '.join(_KINDS)}")
    with opened() as made, snapshot(made.engine) as connection:
        told = counted(connection, Kind(by))
    if as_json:
        print_json(told)
    elif not told:
        print("nothing is parked")
    elif by == "cause":
        _print_causes(told)
    else:
        _print_groups(by, told)


def own(
    group: Group,
    owner: Annotated[str, typer.Option("--owner", metavar="NAME", help="Who; the account's name if not given.")] = "",
    nobody: Annotated[bool, typer.Option("--nobody", help="Nobody any more.")] = False,
    by: By = "",
) -> None:
    """Say who looks after a group."""
    from ektp.storage.repairs import parked_groups

    with opened() as made:
        _check(made, group)
        who = None if nobody else owner or account_name()
        parked_groups.own(made.engine, made.audit.chain, group, who, by=by or account_name())
    print(f"{group} is {'nobody' if who is None else who}'s")


def mute(
    group: Group,
    off: Annotated[bool, typer.Option("--off", help="Tell of it again.")] = False,
    by: By = "",
) -> None:
    """Say that nobody needs to be told of a group."""
    from ektp.storage.repairs import parked_groups

    with opened() as made:
        _check(made, group)
        parked_groups.mute(made.engine, made.audit.chain, group, muted=not off, by=by or account_name())
    print(f"{group} is {'told of again' if off else 'muted'}")


def note(
    group: Group,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What is known of it; a NIK is masked.")],
    by: By = "",
) -> None:
    """Add a note to a group."""
    from ektp.storage.repairs import parked_groups

    with opened() as made:
        _check(made, group)
        parked_groups.note(made.engine, made.audit.chain, group, text, by=by or account_name())
    print("noted")


def _check(made: "Parts", fingerprint: str) -> None:
    """Raise Unknown for a group that is not there."""
    from ektp.reading.causes import group
    from ektp.reading.snapshot import snapshot

    with snapshot(made.engine) as connection:
        group(connection, fingerprint)


def _print_causes(told: list[dict[str, Any]]) -> None:
    rows = [
        (
            one["group"],
            one["open"],
            one["since_deploy"],
            one["oldest"],
            one["newest"],
            f"{one['stage']}/{one['reason']}",
            one["station"],
            one["office"],
            one["owner"],
            ", ".join(word for word, holds in (("new", one["new"]), ("muted", one["muted"])) if holds) or None,
            one["detail"],
        )
        for one in told
    ]
    names = ("group", "open", "since deploy", "oldest", "newest", "cause", "station", "office", "owner", "is", "detail")
    print_table(names, rows)
    for one in told:
        for note_ in one["notes"]:
            print(f"{one['group']}: {note_['at']} {note_['by']}: {note_['note']}")


def _print_groups(by: str, told: list[dict[str, Any]]) -> None:
    from schemas.reasons import REASONS

    meanings = {str(reason): words.meaning for reason, words in REASONS.items()}
    more = ("meaning",) if by == "reason" else ()
    rows = [
        (
            one[by],
            one["open"],
            one["since_deploy"],
            one["causes"],
            one["oldest"],
            *(meanings.get(one["group"]) for _ in more),
        )
        for one in told
    ]
    print_table((by, "open", "since deploy", "causes", "oldest", *more), rows)
