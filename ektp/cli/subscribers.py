"""The subscribers at the keyboard: who hears the notices, how far each is behind, and what it is sent once more."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ektp.cli.definitions import Definitions, write_definitions
from ektp.cli.opening import application_named, opened
from ektp.cli.replaying import account_name
from ektp.cli.saying import Because
from ektp.cli.screen import Json, note, print_json, print_pairs, print_table
from ektp.errors import WrongUse

if TYPE_CHECKING:
    from ektp.bootstrap import Parts
    from ektp.subscribers.subscribers import ByHand, SubscriberAccount
    from workflows.subscriptions import Subscription

subscribers = typer.Typer(help="Say who hears the notices, and see who is behind.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help="Of the subscriber: a-z, 0-9 and -, 3 to 32 long.")]


@subscribers.command()
def add(
    name: Name,
    *,
    notices: Annotated[
        list[str], typer.Option("--notices", metavar="NAMES", help="Which: names with commas between, or all.")
    ],
    office: Annotated[
        list[str] | None, typer.Option("--office", metavar="CODE", help="Of whose applications; the country if none.")
    ] = None,
    definitions: Definitions = None,
    as_json: Json = False,
) -> None:
    """Add a subscriber, and print its credentials: this once.

    It gets a queue of its own, from which it alone may read and nothing else.
    """
    wanted = _wanted(name, notices, office or ["all"])
    with opened(broker=True) as made:
        _make_ready(made, by_hand=definitions is not None)
        account = made.subscribers().add(wanted, account_name(), _by_hand(made, definitions))
    _print(account, as_json=as_json)


@subscribers.command("list")
def list_(as_json: Json = False) -> None:
    """List the subscribers: what waits for each, for how long."""
    with opened(broker=True) as made:
        found = _told(made)
    if as_json:
        print_json(found)
    elif found:
        names = ("subscriber", "notices", "offices", "lag", "oldest_age", "rate", "readers", "paused", "wrong")
        rows = [[_cell(one, column) for column in names] for one in found]
        print_table([column.replace("_", " ") for column in names], rows)
    else:
        print("there is none: `ektp subscribers add` gives one a queue of its own")


@subscribers.command()
def show(name: Name, as_json: Json = False) -> None:
    """Show one subscriber, and what it was sent once more."""
    from ektp.reading.snapshot import snapshot
    from ektp.reading.subscribers import subscriber

    with opened(broker=True) as made:
        made.subscribers().store.subscriber(name)
        _told(made)
        with snapshot(made.engine) as connection:
            found = subscriber(connection, name)
    if as_json:
        print_json(found)
        return
    replays = found.pop("replays")
    print_pairs((column.replace("_", " "), _cell(found, column)) for column in found)
    if replays:
        names = ("replay", "from", "sent", "asked", "asked_by", "because", "ended", "outcome")
        print_table([column.replace("_", " ") for column in names], [[row[key] for key in names] for row in replays])


@subscribers.command()
def pause(name: Name, *, because: Because, as_json: Json = False) -> None:
    """Let a subscriber read nothing for now; its queue goes on filling."""
    with opened(broker=True) as made:
        made.subscribers().pause(name, account_name(), because)
    _done({"subscriber": name, "paused": True}, f"{name} is paused", as_json=as_json)


@subscribers.command()
def resume(name: Name, as_json: Json = False) -> None:
    """Let a paused subscriber read again."""
    with opened(broker=True) as made:
        made.subscribers().resume(name, account_name())
    _done({"subscriber": name, "paused": False}, f"{name} may read again", as_json=as_json)


@subscribers.command()
def renew(name: Name, *, definitions: Definitions = None, as_json: Json = False) -> None:
    """Give a subscriber a new password; its connections end."""
    with opened(broker=True) as made:
        _make_ready(made, by_hand=definitions is not None)
        account = made.subscribers().renew(name, account_name(), _by_hand(made, definitions))
    _print(account, as_json=as_json)


@subscribers.command()
def mend(name: Name, as_json: Json = False) -> None:
    """Make a subscriber's queue, bindings and rights as registered."""
    with opened(broker=True) as made:
        _make_ready(made, by_hand=False)
        made.subscribers().mend(name, account_name())
    _done({"subscriber": name, "mended": True}, f"{name} is as it was registered", as_json=as_json)


@subscribers.command()
def remove(
    name: Name,
    *,
    because: Because,
    force: Annotated[bool, typer.Option("--force", help="Also where notices wait for it.")] = False,
    as_json: Json = False,
) -> None:
    """Take a subscriber's account and queue away."""
    with opened(broker=True) as made:
        made.subscribers().remove(name, account_name(), because, force=force)
    _done({"subscriber": name, "removed": True}, f"{name} is removed", as_json=as_json)


@subscribers.command()
def replay(  # noqa: PLR0913 - options are arguments
    name: Name,
    *,
    because: Because,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="All that left since then: 2026-02-12T08:00+07:00.")
    ] = None,
    application: Annotated[
        str | None, typer.Option(metavar="RESI", help="Only this application's: its resi or id.")
    ] = None,
    from_sequence: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="From this number of its series on.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Send a subscriber once more what it should have heard.

    With the same ids, while new notices go on coming: it has to know what it has seen. `show` tells how far it is.
    """
    from ektp.reading.subscribers import replay_told
    from ektp.storage.subscribers.replays import NewReplay

    if (since is None) == (application is None):
        raise WrongUse("give either --since TIME or --application RESI")
    if from_sequence is not None and application is None:
        raise WrongUse("--from-sequence counts an application's notices: give --application too")
    moment = None if since is None else _moment(since)
    with opened(broker=True) as made:
        known = None if application is None else application_named(made, application)
        asked = NewReplay(name, account_name(), because, moment, known, from_sequence)
        told = replay_told(made.subscribers().replay(asked))
    _done(told, f"replay {told['replay']} begins: `ektp subscribers show {name}` tells how far it is", as_json=as_json)


def _wanted(name: str, notices: list[str], offices: list[str]) -> "Subscription":
    from workflows.errors import SubscriptionRefused
    from workflows.subscriptions import subscription

    try:
        return subscription(name, notices, offices)
    except SubscriptionRefused as refused:
        raise WrongUse(str(refused)) from None


def _make_ready(made: "Parts", *, by_hand: bool) -> None:
    """Refuse a store of another release; declare the exchange to which a queue is bound."""
    from ektp.reading.revision import require_migrated

    require_migrated(made.engine)
    if not by_hand:
        made.declare_topology()


def _by_hand(made: "Parts", file: Path | None) -> "ByHand | None":
    if file is None:
        return None
    from ektp.broker.management import Management
    from ektp.broker.subscriber_rights import definitions

    vhost = Management(made.broker_url()).vhost

    def written(wanted: "Subscription", password: str, paused: bool) -> None:
        write_definitions(file, definitions(wanted, password, vhost, paused=paused))

    return written


def _told(made: "Parts") -> list[dict[str, Any]]:
    """Look at the broker now; where it does not answer it is told how it was seen last."""
    from ektp.reading.snapshot import snapshot
    from ektp.reading.subscribers import subscribers as known
    from ektp.subscribers.following import Following

    seen = Following(made.engine, made.broker_url(), made.settings.management()).look()
    if seen is None:
        note("the broker does not answer: this is how they were seen last")
    with snapshot(made.engine) as connection:
        return known(connection, seen={one.name: one for one in seen or ()})


def _moment(text: str) -> datetime:
    """Read a time; one without a zone is taken as UTC. Raises WrongUse."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise WrongUse(f"--since {text}: write 2026-02-12 or 2026-02-12T08:00+07:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _cell(one: dict[str, Any], column: str) -> object:
    value = one[column]
    if column == "oldest_age" and value is not None:
        return f"{value} s{' or more' if one['or_older'] else ''}"
    if isinstance(value, list):
        return ", ".join(value) or None
    return value


def _print(account: "SubscriberAccount", *, as_json: bool) -> None:
    told = account.told()
    if as_json:
        print_json(told)
        return
    print_pairs((key, ", ".join(value) if isinstance(value, list) else value) for key, value in told.items())
    note("the password is shown this once; read the queue as examples/subscriber.py does")


def _done(told: dict[str, Any], words: str, *, as_json: bool) -> None:
    if as_json:
        print_json(told)
    else:
        print(words)
