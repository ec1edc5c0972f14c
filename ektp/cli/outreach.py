"""Outreach (jemput bola) at the keyboard: ask for a visit, plan, promise, call off, say what came of it."""

from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer

from ektp.cli.opening import opened
from ektp.cli.saying import Because, Operator, say
from ektp.cli.screen import Json, print_json, print_pairs, print_table

outreach = typer.Typer(help="Bring recordings and cards to the residents (jemput bola).", no_args_is_help=True)
Visit = Annotated[str, typer.Argument(metavar="VISIT", help="Its id, as `ektp outreach visits` shows it.")]
Office = Annotated[str, typer.Argument(metavar="OFFICE", help="A kecamatan, such as 33.74.10.")]
Region = Annotated[str | None, typer.Option("--office", metavar="CODE", help="Only this region.")]
Residents = Annotated[list[str] | None, typer.Option(metavar="RESI", help="A resident by resi or id; once for each.")]
_VISITS = ("date", "kit", "kecamatan", "state", "why", "stops", "residents", "requested", "visit")
_WAITING = ("kecamatan", "kelurahan", "people", "reason", "bound")
_REQUESTS = ("office", "kelurahan", "category", "people", "waiting", "planned", "held", "wanted_from", "request")


@outreach.command()
def request(  # noqa: PLR0913 - options are arguments
    office: Office,
    category: Annotated[str, typer.Argument(metavar="CATEGORY", help="group, disabled, elderly-sick or hospital.")],
    *,
    count: Annotated[int, typer.Option(metavar="PEOPLE", help="How many people.")] = 1,
    kelurahan: Annotated[str | None, typer.Option(metavar="NAME", help="In which kelurahan.")] = None,
    place: Annotated[str | None, typer.Option(metavar="NAME", help="A school, a hospital: no home.")] = None,
    home: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Where somebody lives; sealed.")] = None,
    phone: Annotated[str | None, typer.Option(metavar="NUMBER", help="Whom to call, by SMS; sealed.")] = None,
    wanted_from: Annotated[str | None, typer.Option(metavar="DATE", help="Not before this day.")] = None,
    operator: Operator = "",
    as_json: Json = False,
) -> None:
    """Ask for a visit; its id is shown."""
    identity = str(uuid4())
    contact = {"kind": "sms", "address": phone} if phone else None
    data = {"office": office, "category": category, "count": count, "kelurahan": kelurahan, "place": place}
    more = {"home": home, "contact": contact, "wanted_from": wanted_from}
    say("visit-requested", identity, {**data, **more}, operator=operator, as_json=as_json, request=identity)


@outreach.command()
def requests(
    office: Region = None,
    everything: Annotated[bool, typer.Option("--all", help="Also those that are settled or withdrawn.")] = False,
    as_json: Json = False,
) -> None:
    """List the requests for visits of which somebody still waits."""
    from ektp.reading.outreach import requests as read

    _print_read(_REQUESTS, lambda connection: read(connection, region=office, everything=everything), as_json=as_json)


@outreach.command()
def plan(
    office: Annotated[str, typer.Argument(metavar="REGENCY", help="The office whose kits they are: 33.19.")],
    as_json: Json = False,
) -> None:
    """Plan an office's visits now; show who still waits, and why."""
    from ektp.errors import WrongUse
    from ektp.reading.outreach import visits as read_visits
    from ektp.reading.outreach import waiting
    from ektp.reading.snapshot import snapshot
    from schemas.places import place

    found = place(office)
    if found is None or found.level != "regency":
        raise WrongUse(f"{office}: name a regency, such as 33.19: the kits are its own")
    with opened() as made:
        from ektp.outreach import planner_on

        promised = planner_on(made).plan_office(office)
        if promised:
            made.journal().apply(promised)
        with snapshot(made.engine) as connection:
            told = {"visits": read_visits(connection, region=office), "waiting": waiting(connection, region=office)}
    if as_json:
        print_json(told)
        return
    _print(_VISITS, told["visits"])
    _print(_WAITING, told["waiting"])


@outreach.command()
def visits(
    office: Region = None,
    everything: Annotated[bool, typer.Option("--all", help="Also those that were held or called off.")] = False,
    as_json: Json = False,
) -> None:
    """List the visits that are proposed and planned."""
    from ektp.reading.outreach import STATES
    from ektp.reading.outreach import visits as read

    states = STATES if everything else STATES[:2]
    _print_read(_VISITS, lambda connection: read(connection, region=office, states=states), as_json=as_json)


@outreach.command()
def visit(identity: Visit, as_json: Json = False) -> None:
    """Show one visit: its stops, and who is to be met."""
    from ektp.reading.outreach import route as lines

    told = _visit(identity)
    if as_json:
        print_json(told)
        return
    print_pairs((name, value) for name, value in told.items() if name != "route")
    names = ("stop", "kelurahan", "place", "what", "resi", "people", "stands")
    _print(names, list(lines(told)))


@outreach.command()
def confirm(identity: Visit, operator: Operator = "", as_json: Json = False) -> None:
    """Promise a proposed visit; its residents are told."""
    from ektp.errors import WrongUse
    from ektp.storage.engine import transaction
    from ektp.storage.outreach_store import visit_of
    from workflows.visits import VisitState, planned_data

    told = _visit(identity)
    with opened() as made, transaction(made.engine) as connection:
        found = visit_of(connection, told["visit"])
    if found is None or found.state is not VisitState.PROPOSED:
        raise WrongUse(f"{identity} is not proposed any more: look at `ektp outreach visits`")
    say("visit-planned", str(found.id), planned_data(found), operator=operator, as_json=as_json)


@outreach.command()
def cancel(
    identity: Annotated[str, typer.Argument(metavar="ID", help="Of a planned visit, or of a request.")],
    because: Because,
    operator: Operator = "",
    as_json: Json = False,
) -> None:
    """Call off a planned visit, or withdraw a request."""
    from ektp.reading.errors import Unknown
    from ektp.reading.outreach import requests as read
    from ektp.reading.snapshot import snapshot

    try:
        office = _visit(identity)["office"]
    except Unknown:
        with opened() as made, snapshot(made.engine) as connection:
            offices = [one["office"] for one in read(connection, everything=True) if one["request"] == identity]
        if not offices:
            raise
        office = offices[0]
    say("visit-cancelled", identity, {"office": office, "because": because}, operator=operator, as_json=as_json)


@outreach.command()
def held(  # noqa: PLR0913 - options are arguments
    identity: Visit,
    *,
    met: Residents = None,
    others: Annotated[int, typer.Option(metavar="PEOPLE", help="How many people of requests were met.")] = 0,
    everybody: Annotated[bool, typer.Option("--everybody", help="All residents of the visit were met.")] = False,
    because: Annotated[str | None, typer.Option(metavar="TEXT", help="What is to be remarked.")] = None,
    operator: Operator = "",
    as_json: Json = False,
) -> None:
    """Say who was met on a visit; all others were absent."""
    from ektp.errors import WrongUse

    told = _visit(identity)
    guests = [guest for stop in told["route"] for guest in stop["residents"]]
    known = {guest["resi"]: guest["application"] for guest in guests} | {
        guest["application"]: guest["application"] for guest in guests
    }
    if unknown := [one for one in met or () if one not in known]:
        raise WrongUse(f"{unknown[0]} is not of this visit: `ektp outreach visit {identity}` lists its residents")
    here = {guest["application"] for guest in guests} if everybody else {known[one] for one in met or ()}
    absent = [guest["application"] for guest in guests if guest["application"] not in here]
    data: dict[str, Any] = {"office": told["office"], "met": sorted(here), "absent": absent, "others": others}
    say("visit-held", told["visit"], {**data, "because": because}, operator=operator, as_json=as_json)


@outreach.command()
def route(
    identity: Visit,
    csv: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="Write it as CSV.")] = None,
    as_json: Json = False,
) -> None:
    """Give the route list of a visit, as the kit takes it along."""
    import csv as writing

    from ektp.errors import WrongUse
    from ektp.reading.outreach import ROUTE
    from ektp.reading.outreach import route as lines

    rows = list(lines(_visit(identity)))
    if as_json:
        print_json(rows)
    elif csv is None:
        _print(ROUTE, rows)
    else:
        try:
            with csv.open("w", newline="", encoding="utf-8") as file:
                writer = writing.DictWriter(file, ROUTE)
                writer.writeheader()
                writer.writerows(rows)
        except OSError as error:
            raise WrongUse(f"{csv}: {error.strerror}: name another file") from None


def _visit(identity: str) -> dict[str, Any]:
    from ektp.reading.outreach import visit as read
    from ektp.reading.snapshot import snapshot

    with opened() as made, snapshot(made.engine) as connection:
        return read(connection, identity)


def _print_read(names: tuple[str, ...], read: Any, *, as_json: bool) -> None:  # noqa: ANN401 - a reader
    from ektp.reading.snapshot import snapshot

    with opened() as made, snapshot(made.engine) as connection:
        told = read(connection)
    if as_json:
        print_json(told)
    else:
        _print(names, told)


def _print(names: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    if rows:
        print_table([name.replace("_", " ") for name in names], [[row[name] for name in names] for row in rows])
    else:
        print("there is none")
