"""The commands that show what is said: sample, listen."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ektp.cli.neighbour import neighbour
from ektp.cli.opening import configured
from ektp.cli.screen import note, print_json
from ektp.errors import ServiceMissing, WrongUse

if TYPE_CHECKING:
    from ektp.config.settings import Settings


def sample(
    event: Annotated[str, typer.Argument(metavar="EVENT", help="Its name, such as recorded.")],
    subject: Annotated[
        str | None, typer.Option(metavar="UUID", help="The application; a new one if not given.")
    ] = None,
    nik: Annotated[str | None, typer.Option(help="The NIK of a recorded; an impossible one if not given.")] = None,
    data: Annotated[
        str | None, typer.Option(metavar="JSON", help="Fields of data to replace; null removes one.")
    ] = None,
) -> None:
    """Print a valid example event, with a new id and the time of now."""
    from schemas.samples import SAMPLES

    if event not in SAMPLES:
        raise WrongUse(f"there is no event {event}: one of {', '.join(SAMPLES)}")
    try:
        fields = json.loads(data) if data else {}
    except ValueError:
        raise WrongUse("--data is not JSON") from None
    if not isinstance(fields, dict):
        raise WrongUse("--data must be a JSON object")
    print_json(_example(event, subject, {**fields, **({"nik": nik} if nik else {})}))


def listen(
    pattern: Annotated[str, typer.Argument(metavar="[PATTERN]", help="As in *.33.# or application-printed.#")] = "#",
    count: Annotated[int | None, typer.Option(min=1, help="End after so many.")] = None,
) -> None:
    """Print notices as they come, one a line, until Ctrl-C.

    Without EKTP_BROKER_URL those of the running `ektp up` of this EKTP_HOME.
    """
    notices = _heard(configured(), pattern)
    note(f"listening to {pattern}")
    try:
        for number, notice in enumerate(notices, 1):
            print(notice.decode(errors="replace"), flush=True)
            if number == count:
                return
    except KeyboardInterrupt:
        return


def _heard(settings: "Settings", pattern: str) -> Iterator[bytes]:
    """Listen at the broker, else at the running `ektp up`. Raises ServiceMissing without both."""
    if (url := settings.broker()) is not None:
        from ektp.broker import console

        return (notice.body for notice in console.listen(url, pattern))
    if (door := neighbour(settings.home)) is not None:
        return door.notices(pattern)
    raise ServiceMissing(f"EKTP_BROKER_URL is not set and no `ektp up` runs in {settings.home}: set it, or start one")


def _example(name: str, subject: str | None, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the sample as a new event; raise WrongUse where the fields make it invalid."""
    from datetime import datetime, timedelta, timezone
    from uuid import uuid4

    from consumers.entry import ABOUT_OTHERS
    from schemas.errors import Refused
    from schemas.samples import valid_event
    from schemas.submission import read_event

    now = datetime.now(timezone(timedelta(hours=7))).replace(microsecond=0)
    about = subject or (None if name in ABOUT_OTHERS else uuid4())
    if name == "recorded":
        fields = {"nik": _impossible_nik(), **fields}
    event = valid_event(name, id=uuid4(), subject=about, time=now, **fields)
    try:
        read_event(event)
    except Refused as refused:
        raise WrongUse(str(refused)) from None
    return event


def _impossible_nik() -> str:
    """Return a well-formed NIK of nobody: no district of Semarang ever came to the serials from 9900 on."""
    import random

    chance = random.SystemRandom()
    born = (f"{chance.randint(low, high):02}" for low, high in ((1, 28), (1, 12), (0, 99)))
    return f"337410{''.join(born)}99{chance.randint(0, 99):02}"
