"""The parking lot at the keyboard: list, show, discard."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any, Final

import typer

from ektp.cli.opening import opened
from ektp.cli.replaying import By, Ids, account_name, open_items
from ektp.cli.screen import Json, note, print_json, print_pairs, print_table

parked = typer.Typer(help="Look after what cannot be, kept with its cause.", no_args_is_help=True)
_SHOWN: Final = 50


@parked.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="Also what was repaired or discarded.")] = False,
    reason: Annotated[str | None, typer.Option(metavar="CODE", help="Only what was parked with this reason.")] = None,
    as_json: Json = False,
) -> None:
    """List what is parked, the oldest first."""
    from ektp.reading.parking import OPEN, WantedParked, parked_items
    from ektp.reading.snapshot import snapshot

    with opened() as made, snapshot(made.engine) as connection:
        items = parked_items(connection, WantedParked(None if everything else OPEN, reason=reason))
        if as_json:
            _print_list(items)
            return
        first = list(islice(items, _SHOWN))
        more = sum(1 for _ in items)
    if not first:
        print("nothing is parked")
        return
    names = ("parked", "reason", "received", "door", "station", "office", *(("state",) if everything else ()))
    print_table((*names, "detail"), [[item[name] for name in (*names, "detail")] for item in first])
    if more:
        note(f"and {more} more: `ektp parked groups` counts them, --json lists them all")


@parked.command()
def show(item: Annotated[str, typer.Argument(metavar="ID")], as_json: Json = False) -> None:
    """Show one item and its body, the person masked."""
    from ektp.reading.masking import masked_body
    from ektp.reading.parking import parked_item
    from ektp.reading.snapshot import snapshot
    from schemas.reasons import REASONS, Reason

    with opened() as made:
        with snapshot(made.engine) as connection:
            told, sealed = parked_item(connection, item)
        body = masked_body(made.vault.open(sealed.sealed, sealed.id.bytes))
    known = REASONS[Reason(told["reason"])]
    told |= {"meaning": known.meaning, "remedy": known.remedy, "body": body}
    if as_json:
        print_json(told)
        return
    print_pairs((name, value) for name, value in told.items() if name != "body" and value is not None)
    print()
    print(body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, indent=2))


@parked.command()
def discard(
    items: Ids,
    because: Annotated[str, typer.Option(metavar="TEXT", help="Why nothing is lost by it.")],
    by: By = "",
    as_json: Json = False,
) -> None:
    """Close parked items for good.

    They stay in the store, and a redelivery is repeated.
    """
    from ektp.storage.repairs import parking

    with opened() as made:
        sealed = open_items(made, items)
        ids, who = [one.id for one in sealed], by or account_name()
        gone = parking.discard(made.engine, ids, by=who, because=because, chain=made.audit.chain)
    if as_json:
        print_json({"discarded": sorted(map(str, gone))})
    else:
        print(f"{len(gone)} discarded")


def _print_list(items: Iterator[dict[str, Any]]) -> None:
    """Print one JSON list, item by item: it may be long."""
    separator = "["
    for item in items:
        print(f"{separator}{json.dumps(item, ensure_ascii=False)}", end="")
        separator = ", "
    print("[]" if separator == "[" else "]")
