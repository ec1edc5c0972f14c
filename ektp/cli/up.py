"""The command that runs everything in one process: up."""

import socket
import threading
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ektp.cli.live_line import LiveLine
from ektp.cli.opening import configured, signals_set
from ektp.cli.screen import Json, note, print_json
from ektp.errors import WrongUse

if TYPE_CHECKING:
    from ektp.bootstrap import Parts

Scenario = Annotated[str, typer.Option(metavar="NAME", help="A simulated city; none waits for real events.")]
Scale = Annotated[float, typer.Option(min=0.001, max=100, help="So many times its people, blanko and printers.")]
Seed = Annotated[int, typer.Option(help="Another seed is another history of the same city.")]
UntilDone = Annotated[bool, typer.Option("--until-done", help="End when it has ended and nothing is under way.")]
Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help="The board's; EKTP_HTTP_PORT if not given, 0 for a free one.")
]
HOST: Final = "127.0.0.1"
_LOOK: Final = 1.0  # seconds between two looks at the counts


def up(  # noqa: PLR0913, PLR0917 - each is an option
    scenario: Scenario = "city",
    scale: Scale = 1.0,
    seed: Seed = 2018,
    until_done: UntilDone = False,
    port: Port = None,
    as_json: Json = False,
) -> None:
    """Run everything: store, broker, intake, relay, worker, beat, web, and a simulated city.

    On a machine with nothing else it brings its own PostgreSQL and is its own broker; EKTP_DATABASE_URL and
    EKTP_BROKER_URL name others.
    """
    settings = configured()
    at = _free_port(settings.http_port if port is None else port)
    from ektp.bootstrap import parts
    from ektp.running.crew import crew
    from ektp.running.presence import announced

    stopping = threading.Event()
    with signals_set(stopping), parts(settings, owner=True) as made:
        made.vault  # noqa: B018 - checks the keys
        _set_clock(made)
        made.declare_topology()
        supervisor = crew(made, HOST, at)
        address = f"http://{HOST}:{at}"
        try:
            supervisor.start()
            with announced(settings.home, address):
                note(f"board     {address}/\nstop      Ctrl-C")
                _watch(made, stopping, until_done=until_done)
        finally:
            supervisor.stop()
        if as_json:
            print_json(_summary(made))


def _free_port(port: int) -> int:
    """Return the port if it is free, a free one for 0; raise WrongUse where another program has it."""
    try:
        with socket.create_server((HOST, port)) as probe:
            return int(probe.getsockname()[1])
    except OSError as error:
        raise WrongUse(f"cannot listen on port {port} ({error.strerror}): set EKTP_HTTP_PORT or --port") from None


def _set_clock(made: "Parts") -> None:
    from ektp.storage.simulated_clock import forget_simulated_clock

    if forget_simulated_clock(made.engine):
        note("this store holds a simulated city; from here on its time is the real one")


def _watch(made: "Parts", stopping: threading.Event, *, until_done: bool) -> None:
    """Tell how it goes until it is stopped, or until nothing is under way."""
    from consumers.errors import StoreAway

    with LiveLine() as line:
        while not stopping.wait(0 if until_done else _LOOK):
            try:
                told = _summary(made)
            except StoreAway:
                continue  # its keeper brings it up again
            line.show(f"{told['applications']:,} applications", sum(told["events"].values()))
            if until_done and told["outbox"]["pending"] == 0:
                return


def _summary(made: "Parts") -> dict[str, Any]:
    from ektp.reading.snapshot import snapshot
    from ektp.reading.summary import summary

    with snapshot(made.engine) as connection:
        return summary(connection)
