"""Repairs at the keyboard: planned with a dry run, approved by a second person, run up a ramp, paused, stopped."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from ektp.cli.opening import opened
from ektp.cli.replaying import By, account_name
from ektp.cli.screen import Json, note, print_json, print_pairs, print_table
from ektp.errors import WrongUse

if TYPE_CHECKING:
    from ektp.bootstrap import Parts
    from ektp.repairing.correction import Kind

Repair = Annotated[str, typer.Argument(metavar="ID", help="Of the repair, as `ektp parked plan` printed it.")]
_SHOWN = 20


def plan(  # noqa: PLR0913 - options are arguments
    items: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Parked items.")] = None,
    *,
    because: Annotated[str, typer.Option(metavar="TEXT", help="Why they can go in now.")],
    group: Annotated[str | None, typer.Option(metavar="GROUP", help="All of `ektp parked groups --by cause`.")] = None,
    reason: Annotated[str | None, typer.Option(metavar="CODE", help="All that were parked with this reason.")] = None,
    station: Annotated[str | None, typer.Option(metavar="NAME", help="All of this sender.")] = None,
    office: Annotated[str | None, typer.Option(metavar="CODE", help="All of this office.")] = None,
    type_: Annotated[str | None, typer.Option("--type", metavar="TYPE", help="All of this type of event.")] = None,
    patch: Annotated[Path | None, typer.Option(metavar="FILE", help="A JSON Patch (RFC 6902) for each.")] = None,
    edit: Annotated[Path | None, typer.Option(metavar="FILE", help="The corrected event, for one item.")] = None,
    threshold: Annotated[
        float, typer.Option(metavar="PART", min=0, max=1, help="Stop when more of a round fails again.")
    ] = 0.2,
    rate: Annotated[int, typer.Option(metavar="N", min=1, max=2000, help="Items a second at the most.")] = 2000,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Plan a repair: what would become of each item now.

    Nothing is changed. Which items they are, and the correction, are fixed by it: that is what a second person approves
    and what is run.
    """
    if patch is not None and edit is not None:
        raise WrongUse("--patch corrects many, --edit one: give one of them")
    from ektp.repairing.planning import Wish, planner_of
    from ektp.repairing.selection import Selection

    ids = tuple(_uuid(one) for one in dict.fromkeys(items or ()))
    selection = Selection(ids, group, reason, station, office, type_)
    if selection.is_empty:
        raise WrongUse("name items, or give --group, --reason, --station, --office or --type")
    kind: Kind | None = "patch" if patch else "edit" if edit else None
    wish = Wish(selection, by or account_name(), because, kind, _read(patch or edit), threshold, rate)
    with opened() as made:
        told = _status(made, str(planner_of(made).plan(wish)))
        told["examples"] = _examples(made, told) if kind else []
    if as_json:
        print_json(told)
        return
    _print(told)
    for one in told["examples"]:
        for change in one["changes"]:
            print(f"item {one['number']}  {change['place']}: {change['before']!r} -> {change['after']!r}")


def approve(repair: Repair, by: By = "", as_json: Json = False) -> None:
    """Approve a repair that somebody else has planned."""
    _decide("approve", repair, by, as_json=as_json)


def run(repair: Repair, by: By = "", as_json: Json = False) -> None:
    """Set a repair going, or let it go on; a worker does it."""
    _decide("run", repair, by, as_json=as_json)


def pause(repair: Repair, by: By = "", as_json: Json = False) -> None:
    """Let a repair rest: after this no further item is tried."""
    _decide("pause", repair, by, as_json=as_json)


def stop(repair: Repair, by: By = "", as_json: Json = False) -> None:
    """End a repair: what was not tried is skipped."""
    _decide("stop", repair, by, as_json=as_json)


def status(
    repair: Annotated[str | None, typer.Argument(metavar="[ID]", help="A repair; all of them if not given.")] = None,
    items: Annotated[bool, typer.Option("--items", help="Also each item.")] = False,
    item: Annotated[
        int | None, typer.Option("--item", metavar="NUMBER", help="What its correction changes, the person masked.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Tell how repairs stand: what became of each item."""
    from ektp.reading.repairs import repair_items, repairs
    from ektp.reading.snapshot import snapshot
    from workflows.repairs import MOST

    with opened() as made:
        if repair is None:
            with snapshot(made.engine) as connection:
                _print_list(repairs(connection), as_json=as_json)
            return
        told = _status(made, repair)
        if items:
            with snapshot(made.engine) as connection:
                told["each"] = list(repair_items(connection, repair, most=MOST))
        if item is not None:
            told["changes"] = _changes(made, repair, item)
    if as_json:
        print_json(told)
    else:
        _print(told)


def _decide(what: str, name: str, by: str, *, as_json: bool) -> None:
    from ektp.reading.repairs import repair_id
    from ektp.repairing.desk import RepairDesk

    with opened() as made:
        desk = RepairDesk(made.engine, made.audit.chain)
        deciding = {"approve": desk.approve, "run": desk.run, "pause": desk.pause, "stop": desk.stop}
        deciding[what](repair_id(name), by or account_name())
        told = _status(made, name)
    if as_json:
        print_json(told)
    else:
        print_pairs([("repair", told["repair"]), ("state", told["state"])])


def _status(made: "Parts", name: str) -> dict[str, Any]:
    from ektp.reading.repairs import repair
    from ektp.reading.snapshot import snapshot

    with snapshot(made.engine) as connection:
        return repair(connection, name)


def _examples(made: "Parts", told: dict[str, Any]) -> list[dict[str, Any]]:
    """Return before and after of the first items that the correction fits."""
    from ektp.reading.repairs import repair_items
    from ektp.reading.snapshot import snapshot

    with snapshot(made.engine) as connection:
        first = [one for one in repair_items(connection, told["repair"]) if one["foreseen"]["becomes"] != "skipped"][:3]
    return [{"number": one["number"], "changes": _changes(made, told["repair"], one["number"])} for one in first]


def _changes(made: "Parts", name: str, number: int) -> list[dict[str, Any]]:
    from ektp.repairing.comparison import changes_of

    return changes_of(made.engine, made.vault, name, number)


def _print(told: dict[str, Any]) -> None:
    names = ("repair", "state", "made_by", "because", "correction", "approved_by", "round", "halted", "items")
    print_pairs((name.replace("_", " "), told[name]) for name in names if told[name] is not None)
    print_pairs((f"  {state}", number) for state, number in told["counts"].items() if number)
    if told["second_person"] and told["approved_by"] is None:
        note(f"a second person has to approve it: {'; '.join(told['second_person'])}")
    print()
    print_table(
        ("would become", "reason", "from", "to", "items"),
        [(one["becomes"], one["reason"], one["from"], one["to"], one["items"]) for one in told["foreseen"][:_SHOWN]],
    )
    for one in told.get("each", ()):
        print(json.dumps(one, ensure_ascii=False))
    for change in told.get("changes", ()):
        print(f"{change['place']}: {change['before']!r} -> {change['after']!r}")


def _print_list(told: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print_json(told)
    elif not told:
        print("no repair was planned")
    else:
        names = ("repair", "state", "made", "made_by", "items")
        states = ("waiting", "fixed", "failed-same", "failed-new", "superseded", "skipped")
        rows = [[*(one[name] for name in names), *(one["counts"][state] for state in states)] for one in told]
        print_table([name.replace("_", " ") for name in (*names, *states)], rows)


def _read(path: Path | None) -> bytes:
    try:
        return b"" if path is None else path.read_bytes()
    except OSError as error:
        raise WrongUse(f"{path}: {error.strerror}") from None


def _uuid(name: str) -> UUID:
    from ektp.reading.errors import Unknown

    try:
        return UUID(name)
    except ValueError:
        raise Unknown("parked item", name) from None
