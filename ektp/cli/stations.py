"""The accounts of stations at the keyboard: add, list, revoke."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ektp.cli.definitions import Definitions, write_definitions
from ektp.cli.opening import opened
from ektp.cli.replaying import account_name
from ektp.cli.saying import Because
from ektp.cli.screen import Json, note, print_json, print_pairs, print_table
from ektp.errors import WrongUse

if TYPE_CHECKING:
    from consumers.registry import Station
    from ektp.accounts import Account
    from ektp.bootstrap import Parts
    from schemas.roles import Role

stations = typer.Typer(help="Say who may send events, and what.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help="Of the station: a-z, 0-9 and _, 3 to 32 long.")]


@stations.command()
def add(  # noqa: PLR0913 - options are arguments
    name: Name,
    *,
    role: Annotated[
        str | None, typer.Option(metavar="ROLE", help="station, centre, warehouse, printer or counter.")
    ] = None,
    office: Annotated[
        str | None, typer.Option(metavar="CODE", help="Of whose applications it may speak: 33.74, 33.74.10 or all.")
    ] = None,
    silent_after: Annotated[
        int | None, typer.Option(min=0, metavar="HOURS", help="Working hours without a word until an alert; 0: never.")
    ] = None,
    renew: Annotated[
        bool, typer.Option("--renew", help="New credentials for a station that is there, or was revoked.")
    ] = False,
    definitions: Definitions = None,
    as_json: Json = False,
) -> None:
    """Add a station, and print its credentials: this once.

    From the first one on every event has to come from an account that may say it. What was interrupted is done again
    with --renew; it also gives a station another role or office.
    """
    wanted_role, wanted_office = _checked(name, role, office)
    if not renew and (wanted_role is None or wanted_office is None):
        raise WrongUse("a new station needs --role and --office")
    with opened() as made:
        _make_ready(made, by_hand=definitions is not None)
        by_hand = None if definitions is None else _Writer(made, definitions)
        accounts = made.accounts()
        if renew:
            account = accounts.renew(
                name, account_name(), role=wanted_role, office=wanted_office, silent_after=silent_after, by_hand=by_hand
            )
        else:
            from consumers.registry import Station

            assert wanted_role is not None
            assert wanted_office is not None
            station = Station(name, wanted_role, wanted_office, silent_after=silent_after)
            account = accounts.add(station, account_name(), by_hand)
    _print(account, as_json=as_json)


@stations.command("list")
def list_(as_json: Json = False) -> None:
    """List the stations: what each may say, when it was last heard.

    Also those that were seen without an account; with what they still have to send, and which days lack something.
    """
    from ektp.reading.snapshot import snapshot
    from ektp.reading.stations import stations as known

    with opened() as made, snapshot(made.engine) as connection:
        found = known(connection)
    if as_json:
        print_json(found)
    elif found:
        names = ("station", "role", "office", "last_contact", "unsent", "missing", "last_day", "alerts", "revoked")
        rows = [{**row, "last_day": _last_day(row["last_day"])} for row in found]
        print_table([name.replace("_", " ") for name in names], [[row[name] for name in names] for row in rows])
    else:
        print("there is none: every account at the broker may speak for any station")


def _last_day(closed: dict[str, Any] | None) -> str | None:
    return None if closed is None else f"{closed['date']}: {closed['arrived']} of {closed['counted']}"


@stations.command()
def revoke(name: Name, *, because: Because, as_json: Json = False) -> None:
    """Let a station say nothing any more, and close its connections.

    From within a second on what it sends is refused, and what of it lies in a queue is parked. If the broker could not
    be reached its account is left there, and this may be done again.
    """
    from ektp.broker.errors import BrokerError
    from ektp.errors import EktpError

    with opened() as made:
        try:
            made.accounts().revoke(name, account_name(), because)
        except EktpError:
            raise
        except BrokerError:
            note(f"{name} is revoked here: its events are refused. Its account at the broker is still there")
            note(f"do this again, or run `rabbitmqctl delete_user {name}` and close its connections")
            raise
    if as_json:
        print_json({"station": name, "revoked": True})
    else:
        print(f"{name} is revoked")


class _Writer:
    """Writes an account as RabbitMQ imports it; readable by nobody else."""

    def __init__(self, made: "Parts", file: Path) -> None:
        self._made, self._file = made, file

    def __call__(self, station: "Station", password: str) -> None:
        from ektp.broker.management import Management
        from ektp.broker.station_rights import definitions

        vhost = Management(self._made.broker_url(), None).vhost
        write_definitions(self._file, definitions(station, password, vhost))


def _make_ready(made: "Parts", *, by_hand: bool) -> None:
    """Refuse a store of another release; declare the exchanges to which an account's rights refer."""
    from ektp.reading.revision import require_migrated

    require_migrated(made.engine)
    if made.settings.broker() and not by_hand:
        made.declare_topology()


def _checked(name: str, role: str | None, office: str | None) -> "tuple[Role | None, str | None]":
    """Return role and office as they are kept; raise WrongUse for what cannot be."""
    from schemas.places import place
    from schemas.roles import Role
    from schemas.values import is_station

    if not is_station(name):
        raise WrongUse("a station's name has 3 to 32 letters of a-z, 0-9 and _, and no 16 digits in a row")
    words = (role or "").replace("data-centre", "centre").replace("data centre", "centre")
    if role is not None and words not in set(Role):
        raise WrongUse(f"--role {role}: one of {', '.join(Role)}")
    if office not in {None, "all"} and place(office or "") is None:
        raise WrongUse(f"--office {office}: no region has this code (33, 33.74, 33.74.10); all is the whole country")
    return Role(words) if role is not None else None, "" if office == "all" else office


def _print(account: "Account", *, as_json: bool) -> None:
    told: dict[str, Any] = account.told()
    if as_json:
        print_json(told)
        return
    print_pairs(told.items())
    note(
        "token, secret and password are shown this once: enrol the station with `... add --json | ektp station enroll`"
    )
