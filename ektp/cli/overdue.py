"""The commands about time that is over: stuck, sweep."""

from typing import Annotated, Any, Final

import typer

from ektp.cli.opening import opened
from ektp.cli.screen import Json, note, print_json, print_pairs, print_table
from ektp.errors import WrongUse

_SHOWN: Final = 40


def stuck(
    office: Annotated[str | None, typer.Option(metavar="CODE", help="Only this office and its kecamatan.")] = None,
    cause: Annotated[str | None, typer.Option(metavar="CAUSE", help="Only what is stuck in this situation.")] = None,
    as_json: Json = False,
) -> None:
    """Show what is overdue and why, and what happens next.

    Whose move it is, who answers for it, and when.
    """
    from ektp.reading import stuck as reading
    from ektp.reading.snapshot import snapshot

    if cause is not None and cause not in reading.CAUSES:
        raise WrongUse(f"--cause {cause}: one of {', '.join(reading.CAUSES)}")
    with opened() as made, snapshot(made.engine) as connection:
        told = reading.stuck(connection, made.keeping, office=office, cause=cause)
    if as_json:
        print_json(told)
        return
    if not told:
        print("nothing is stuck")
        return
    groups = reading.grouped(told)
    head = ("cause", "office", "count", "oldest", "whose move", "who answers", "next")
    print_table(head, [_cells(group) for group in groups[:_SHOWN]])
    if groups[_SHOWN:]:
        note(f"and {len(groups) - _SHOWN} groups more: --office or --cause narrows it, --json lists every application")


def _cells(group: dict[str, Any]) -> tuple[object, ...]:
    coming = group["next"]
    then = f"{coming['then']} ({coming['deadline']}) at {coming['at']}" if coming else None
    oldest = f"{group['oldest']:.1f} days"
    return group["cause"], group["office"] or None, group["count"], oldest, group["whose_move"], group["owner"], then


def sweep(as_json: Json = False) -> None:
    """Apply the deadlines that have passed now.

    The steps of a running pipeline do so by themselves.
    """
    with opened() as made:
        swept = made.timekeeper.sweep()._asdict()
    if as_json:
        print_json(swept)
    else:
        print_pairs(swept.items())
