"""The commands that ask the store: summary, show."""

from typing import Annotated, Any

import typer

from ektp.cli.opening import opened
from ektp.cli.screen import Json, print_json, print_pairs, print_table
from schemas.upcasting import name_of


def summary(as_json: Json = False) -> None:
    """Count applications, events and what waits to leave."""
    with opened() as made:
        from ektp.reading.snapshot import snapshot
        from ektp.reading.summary import summary as count

        with snapshot(made.engine) as connection:
            told = count(connection, made.campaigns)
    if as_json:
        print_json(told)
        return
    print_pairs([("applications", told["applications"])])
    print_pairs((f"  {state}", number) for state, number in told["states"].items())
    print_pairs([("overdue", told["overdue"])])
    print("waiting for")
    print_pairs((f"  {party}", number) for party, number in told["waiting"].items())
    print("events")
    print_pairs((f"  {outcome}", number) for outcome, number in told["events"].items())
    print_pairs([("outbox pending", told["outbox"]["pending"]), ("at", told["at"])])
    if campaigns := told.get("campaigns"):
        names = ("name", "office", "last", "recorded", "target", "days_left", "pace", "needed")
        print()
        print_table(
            ("campaign", "office", "until", "recorded", "target", "days left", "a day so far", "a day needed"),
            [[one[name] for name in names] for one in campaigns],
        )


def show(
    application: Annotated[str, typer.Argument(metavar="APPLICATION", help="Its UUID, or the code of its resi.")],
    as_json: Json = False,
) -> None:
    """Show one application: whose move it is, why, its history."""
    with opened() as made:
        from ektp.reading.application import show as find
        from ektp.reading.snapshot import snapshot

        with snapshot(made.engine) as connection:
            told = find(connection, application, made.keeping)
    if as_json:
        print_json(told)
    else:
        _print_application(told)


def _print_application(told: dict[str, Any]) -> None:
    names = ("application", "resi", "state", "because", "whose_move", "owner", "since", "due", "next", "postponed")
    more = ("office", "attempt", "blanko", "suket", "waited", "gross", "net")
    shown = {**told, "next": _next(told["next"]), "waited": _waited(told["waited"]), "suket": _suket(told["suket"])}
    print_pairs((name.replace("_", " "), shown[name]) for name in (*names, *more))
    print()
    print_table(
        ("time", "event", "outcome", "from", "to", "by"),
        [
            (row["time"], _short(row["type"]), row["outcome"], row["from"], row["to"], row["by"])
            for row in told["history"]
        ],
    )
    for row in told["history"]:
        if "because" in row:
            print(f"given a blanko at {row['time']}: {row['because']}")
    if told["held"]:
        print()
        print_table(
            ("held since", "until", "event", "waits for", "by"),
            [(row["since"], row["until"], _short(row["type"]), row["waits_for"], row["by"]) for row in told["held"]],
        )
        for row in told["held"]:
            print(f"{row['waits_for']}: {row['meaning']} {row['remedy']}")


def _next(due: dict[str, str] | None) -> str | None:
    return None if due is None else f"{due['at']} {due['deadline']}, then {due['then']}"


def _suket(letter: dict[str, str] | None) -> str | None:
    return None if letter is None else f"{letter['number']} until {letter['until']}"


def _waited(days: dict[str, float]) -> str:
    return ", ".join(f"{party} {number:g}" for party, number in days.items())


def _short(type_: str) -> str:
    return name_of(type_)
