"""How a command says an event: as an operator, through the journal, with what became of it."""

from typing import Annotated, Any

import typer

from ektp.cli.opening import opened
from ektp.cli.replaying import account_name
from ektp.cli.screen import print_json

Because = Annotated[str, typer.Option(metavar="TEXT", help="Why.")]
Document = Annotated[str, typer.Option(metavar="NUMBER", help="The paper it stands on (berita acara).")]
Operator = Annotated[str, typer.Option(metavar="NAME", help="Who says so; the account's name if not given.")]


def say(name: str, subject: str, data: dict[str, Any], *, operator: str, as_json: bool, **more: str) -> None:
    """Apply one event, print what became of it and *more*, and exit 1 where it was parked.

    Raises WrongUse for a wrong field.
    """
    from ektp.people.operators import operator_event
    from schemas.submission import Door

    submission = operator_event(name, subject, data, by=operator or account_name(), door=Door.CLI)
    with opened() as made:
        (outcome,) = made.journal().apply([submission])
        detail = _detail(made, outcome.event_id) if outcome.reason else None
    if as_json:
        told = {"id": outcome.event_id, "outcome": outcome.outcome, "reason": outcome.reason, "detail": detail}
        print_json({**told, **more})
    else:
        print(f"{outcome.outcome}{f': {outcome.reason}, {detail}' if outcome.reason else ''}")
        for key, value in more.items():
            print(f"{key} {value}")
    if outcome.reason:
        raise typer.Exit(1)


def _detail(made: Any, event: object) -> str | None:  # noqa: ANN401 - Parts, whose import is dear
    from sqlalchemy import text

    from ektp.reading.snapshot import snapshot

    with snapshot(made.engine) as connection:
        found = connection.scalar(text("select detail from parked where event_id = :event"), {"event": event})
    return None if found is None else str(found)
