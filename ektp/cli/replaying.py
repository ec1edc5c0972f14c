"""The command that offers parked items again: replay; and what it shares with discard."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ektp.cli.opening import opened
from ektp.cli.progress import progress
from ektp.cli.screen import Json, print_json, print_table
from ektp.errors import WrongUse

if TYPE_CHECKING:
    from consumers.outcome import Outcome
    from ektp.bootstrap import Parts
    from ektp.reading.parking import Sealed
    from schemas.submission import Submission

Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Parked items.")]
By = Annotated[str, typer.Option(metavar="NAME", help="Who decides; the account's name if not given.")]


def replay(  # noqa: PLR0913, PLR0917 - options are arguments
    items: Ids,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would become of them, and change nothing.")
    ] = False,
    because: Annotated[str | None, typer.Option(metavar="TEXT", help="Why it can go in now.")] = None,
    by: By = "",
    edit: Annotated[Path | None, typer.Option(metavar="FILE", help="The corrected event, for one item.")] = None,
    as_json: Json = False,
) -> None:
    """Offer parked items to the journal again.

    What still cannot be stays parked; exit code 1 if there is any. What one person alone may not repair is planned:
    `ektp parked plan`, and approved by another.
    """
    if edit is not None and len(items) != 1:
        raise WrongUse("--edit corrects one item: give one ID")
    with opened() as made:
        sealed = open_items(made, items)
        submissions, nik = _submissions(made, sealed, edit)
        if not dry_run:
            _check_alone(made, sealed, nik=nik)
            _note_acts(made, sealed, by or account_name(), because, edited=edit is not None)
        outcomes = _apply(made, submissions, dry_run=dry_run)
        if not dry_run:
            _note_repairs(made, sealed, outcomes, by or account_name(), because)
    _print_replay(sealed, outcomes, dry_run=dry_run, as_json=as_json)
    if any(outcome.outcome == "parked" for outcome in outcomes):
        raise typer.Exit(1)


def edit(  # noqa: PLR0913, PLR0917 - options are arguments
    item: Annotated[str, typer.Argument(metavar="ID", help="A parked item.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The corrected event, the whole of it.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would become of it, and change nothing.")
    ] = False,
    because: Annotated[str | None, typer.Option(metavar="TEXT", help="Why it is right now.")] = None,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Offer one parked item again as a corrected event.

    The same as `ektp parked replay ID --edit FILE`; exit code 1 if it still cannot be.
    """
    replay([item], dry_run, because, by, file, as_json)


def open_items(made: "Parts", names: Sequence[str]) -> list["Sealed"]:
    """Return the items; raise Unknown for one that is not there, and WrongUse for one that is closed."""
    from ektp.reading.parking import OPEN, parked_item
    from ektp.reading.snapshot import snapshot

    with snapshot(made.engine) as connection:
        found = [parked_item(connection, name)[1] for name in dict.fromkeys(names)]
    if closed := next((one for one in found if one.state != OPEN), None):
        raise WrongUse(f"parked item {closed.id} is already {closed.state}")
    return found


def _submissions(made: "Parts", sealed: Sequence["Sealed"], edit: Path | None) -> tuple[list["Submission"], bool]:
    """Read the stored bodies, or the corrected one, as what repairs the items; and whether a NIK is another then."""
    from ektp.repairing.correction import Correction, Unsealed, offered, read_correction
    from schemas.errors import PatchRefused

    correction = Correction() if edit is None else read_correction("edit", _read(edit), many=False)
    nik = False
    found: list[Submission] = []
    for one in sealed:
        item = Unsealed(one.id, one.sender, one.door, one.event_id, made.vault.open(one.sealed, one.id.bytes))
        try:
            corrected = correction.of(item)
        except PatchRefused as refused:
            raise WrongUse(str(refused)) from None
        submission = offered(item, corrected)
        if edit is not None and (refusal := submission.refusal) is not None:
            raise WrongUse(f"the corrected event cannot be read: {refusal.reason}, {refusal.detail}")
        nik = nik or corrected.nik
        found.append(submission)
    return found, nik


def _read(edit: Path) -> bytes:
    try:
        return edit.read_bytes()
    except OSError as error:
        raise WrongUse(f"{edit}: {error.strerror}") from None


def _check_alone(made: "Parts", sealed: Sequence["Sealed"], *, nik: bool) -> None:
    """Raise SecondPersonNeeded where a plan of the same would need one."""
    from ektp.repairing.errors import SecondPersonNeeded
    from workflows.repairs import second_person

    reasons = frozenset(one.reason for one in sealed)
    if why := list(second_person(len(sealed), made.config.repairs.approval_above, nik=nik, reasons=reasons)):
        raise SecondPersonNeeded("; ".join(why))


def _apply(made: "Parts", submissions: Sequence["Submission"], *, dry_run: bool) -> list["Outcome"]:
    """Apply one by one, so that each is judged by what the ones before it have changed."""
    journal = made.rehearsal() if dry_run else made.journal()
    outcomes: list[Outcome] = []
    with progress("replaying", len(submissions)) as advance:
        for submission in submissions:
            outcomes.extend(journal.apply([submission]))
            advance(1)
    return outcomes


def _note_acts(made: "Parts", sealed: Sequence["Sealed"], by: str, because: str | None, *, edited: bool) -> None:
    """Note who offers what again, before it is: what became of it is in the history."""
    from consumers.acts import Act
    from ektp.storage.engine import transaction

    what = "item-edited" if edited else "item-replayed"
    with transaction(made.engine) as connection:
        made.audit.chain.append(connection, *(Act(by, what, str(one.id), {"because": because}) for one in sealed))


def _note_repairs(
    made: "Parts", sealed: Sequence["Sealed"], outcomes: Sequence["Outcome"], by: str, because: str | None
) -> None:
    from ektp.storage.repairs import parking

    repaired = [one.id for one, outcome in zip(sealed, outcomes, strict=True) if outcome.outcome != "parked"]
    parking.credit(made.engine, repaired, by=by, because=because)


def _print_replay(sealed: Sequence["Sealed"], outcomes: Sequence["Outcome"], *, dry_run: bool, as_json: bool) -> None:
    told: list[dict[str, Any]] = [
        {"parked": str(one.id), "id": outcome.event_id, "outcome": outcome.outcome, "reason": outcome.reason}
        for one, outcome in zip(sealed, outcomes, strict=True)
    ]
    if as_json:
        print_json({"dry_run": dry_run, "outcomes": told})
        return
    print_table(("parked", "would be" if dry_run else "is", "reason"),
                [(one["parked"], one["outcome"], one["reason"]) for one in told])  # fmt: skip


def account_name() -> str:
    """Return the name of the account at the keyboard."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
