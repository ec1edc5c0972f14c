"""A recording station at the keyboard: enroll, record, publish, close, flush, status."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ektp.cli.lines import batches, numbered_lines, opened_file
from ektp.cli.screen import Json, note, print_json, print_pairs
from ektp.errors import WrongUse

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from ektp.station.enrolment import Enrolment
    from ektp.station.recordings import Recordings
    from ektp.station.spool import Spool

station = typer.Typer(help="Be a recording station: record offline, send later.", no_args_is_help=True)
File = Annotated[str, typer.Argument(metavar="FILE|-", help="CloudEvents, one JSON a line; - for standard input.")]
_BATCH: Final = 500
_SHOWN: Final = 20
_MOST_RECORDINGS: Final = 1000


@station.command()
def enroll(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="What `ektp stations add NAME --json` printed.")],
    broker: Annotated[str | None, typer.Option(metavar="URL", help="amqp://host:port/vhost in its place.")] = None,
    http: Annotated[str | None, typer.Option(metavar="URL", help="The address of the HTTP door in its place.")] = None,
    as_json: Json = False,
) -> None:
    """Take in what the centre gave: name, role, office, credentials.

    Enrolling again replaces the credentials; the spool and its key stay.
    """
    from ektp.station.enrolment import enrolment_of, keep_enrolment
    from ektp.station.home import read_home
    from ektp.station.sealing import make_key, seal_of
    from ektp.station.spool import Spool

    with opened_file(file) as source:
        enrolment = enrolment_of(source.read(1 << 20), broker=broker, http=http)
    home = read_home()
    home.make()
    _refuse_another(enrolment)
    if not home.spool.exists():
        make_key(home)
    spool = Spool(home.spool, seal_of(home))
    spool.close()
    keep_enrolment(home, enrolment)
    told = {"station": enrolment.station, "role": enrolment.role.value, "office": enrolment.office or "all",
            "way": "amqp" if enrolment.broker else "http", "home": str(home.folder)}  # fmt: skip
    if as_json:
        print_json(told)
    else:
        print_pairs(told.items())


@station.command()
def record(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="The data of `recorded`, one JSON object a line.")],
    application: Annotated[
        str | None, typer.Option(metavar="UUID", help="For a later attempt: the application of the first.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Put recordings into the spool, all of the file or none.

    Prints the application, the resi for the receipt, the event's id and its sequence number.
    """
    from ektp.station.errors import RecordingRefused
    from schemas.errors import Refused
    from schemas.wire_json import read_object

    with _recordings() as (recordings, now), opened_file(file) as source:
        found = list[dict[str, Any]]()
        for number, line in numbered_lines(source):
            try:
                found.append(read_object(line.strip()))
            except Refused as refused:
                raise RecordingRefused(f"line {number}: {refused}; nothing was kept") from None
            if len(found) > _MOST_RECORDINGS:
                raise WrongUse(f"{file}: at most {_MOST_RECORDINGS} recordings at once")
        try:
            kept = recordings.record(found, now, _uuid(application))
        except Refused as refused:
            raise RecordingRefused(f"{refused}; nothing was kept") from None
    if as_json:
        print_json([one.told() for one in kept])
        return
    for one in kept:
        print_pairs(one.told().items())


@station.command()
def publish(file: File, as_json: Json = False) -> None:
    """Put whole events into the spool; bad lines are reported by number.

    Events without a sequence number get the next one. Exit code 1 when some lines were refused; the good ones are kept.
    """
    from schemas.errors import Refused

    kept, again, refusals = 0, 0, list[dict[str, Any]]()
    with _recordings() as (recordings, now), opened_file(file) as source:
        for batch in batches(numbered_lines(source), _BATCH):
            for number, became in recordings.publish(batch, now):
                if isinstance(became, Refused):
                    refusals.append({"line": number, "reason": became.reason, "detail": became.detail})
                elif became.again:
                    again += 1
                else:
                    kept += 1
    if as_json:
        print_json({"kept": kept, "again": again, "refused": refusals})
    else:
        for one in refusals[:_SHOWN]:
            note(f"line {one['line']}: {one['reason']}, {one['detail']}")
        if len(refusals) > _SHOWN:
            note(f"and {len(refusals) - _SHOWN} more lines: --json lists them all")
        print(f"{kept} kept, {again} were there before, {len(refusals)} refused")
    if refusals:
        raise typer.Exit(1)


@station.command()
def close(
    date: Annotated[
        str | None, typer.Option(metavar="DATE", help="Which day, as 2018-02-12; today if not given.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Close a day: put into the spool how many were recorded on it."""
    from ektp.station.errors import RecordingRefused
    from ektp.station.recordings import day_of
    from schemas.errors import Refused

    with _recordings() as (recordings, now):
        today = recordings.today(now)
        try:
            day = day_of(date, today) if date else today
            kept, count = recordings.close_day(day, now)
        except ValueError:
            raise WrongUse(f"--date: a date such as {today}, of today or the four weeks before") from None
        except Refused as refused:
            raise RecordingRefused(str(refused)) from None
    told = {"date": day.isoformat(), "count": count, "id": kept.id, "sequence": kept.sequence}
    if as_json:
        print_json(told)
    else:
        print(f"{day} is closed with {count} recordings: `ektp station flush` tells the centre")


@station.command()
def status(as_json: Json = False) -> None:
    """Say what is unsent, since when, and when the centre answered last."""
    from datetime import UTC, datetime

    from ektp.station.enrolment import read_enrolment
    from ektp.station.home import read_home
    from ektp.station.status import status as told_by

    home = read_home()
    told = told_by(home, read_enrolment(home), datetime.now(UTC))
    if as_json:
        print_json(told)
        return
    spool = told["spool"]
    said = ", ".join(f"{count} {one}" for one, count in told["said"].items())
    shown = {**told, "parked": len(told["parked"]), "spool": f"{spool['events']} events, {spool['bytes']:,} bytes"}
    shown["unsent"] = f"{told['unsent']}{f' ({said})' if said else ''}"
    del shown["said"]
    print_pairs((name.replace("_", " "), value) for name, value in shown.items())
    for one in told["parked"][:_SHOWN]:
        note(f"event {one['event']} is parked: {one['reason']}{', ' + one['detail'] if one['detail'] else ''}")


def _refuse_another(enrolment: "Enrolment") -> None:
    """Raise EnrolmentUnusable where this home is another station's: what lies in its spool speaks for that one."""
    from ektp.station.enrolment import read_enrolment
    from ektp.station.errors import EnrolmentUnusable, NotEnrolled
    from ektp.station.home import read_home

    home = read_home()
    try:
        before = read_enrolment(home).station
    except (NotEnrolled, EnrolmentUnusable):
        return
    if before != enrolment.station:
        raise EnrolmentUnusable(f"{home.folder} is the home of {before}: set EKTP_HOME to another folder")


def _uuid(text: str | None) -> "UUID | None":
    from uuid import UUID

    from schemas.values import is_uuid

    if text is None:
        return None
    if not is_uuid(text):
        raise WrongUse("--application: the UUID that was printed at the first attempt")
    return UUID(text)


@contextmanager
def _recordings() -> "Iterator[tuple[Recordings, datetime]]":
    """Give what writes into the spool, and the moment."""
    from datetime import UTC, datetime

    from ektp.station.recordings import Recordings

    with opened_spool() as (spool, enrolment):
        yield Recordings(spool, enrolment), datetime.now(UTC)


@contextmanager
def opened_spool() -> "Iterator[tuple[Spool, Enrolment]]":
    """Give the spool of this station and who it is. Raises StationError."""
    from ektp.station.enrolment import read_enrolment
    from ektp.station.home import read_home
    from ektp.station.sealing import seal_of
    from ektp.station.spool import Spool

    home = read_home()
    enrolment = read_enrolment(home)
    spool = Spool(home.spool, seal_of(home))
    try:
        yield spool, enrolment
    finally:
        spool.close()
