"""The command that runs everything in one process: up."""

import socket
import threading
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ektp.cli.city import CityReport, Pace, Scale, Seed, summary_of
from ektp.cli.live_line import LiveLine
from ektp.cli.opening import configured
from ektp.cli.outcome import outcome_of, print_outcome, written
from ektp.cli.screen import Json, note, print_json
from ektp.cli.stopping import signals_set
from ektp.errors import WrongUse

if TYPE_CHECKING:
    from ektp.bootstrap import Parts
    from ektp.config.settings import Settings
    from ektp.simulation.city import City
    from ektp.simulation.scenarios import Scenario

Name = Annotated[str, typer.Option("--scenario", metavar="NAME", help="A simulated city; none waits for real events.")]
UntilDone = Annotated[bool, typer.Option("--until-done", help="End when it has ended and nothing is under way.")]
Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help="The board's; EKTP_HTTP_PORT if not given, 0 for a free one.")
]
HOST: Final = "127.0.0.1"
NONE: Final = "none"
WATCHED: Final = 3.0  # seconds a simulated working day takes where somebody looks
_LOOK: Final = 1.0  # seconds between two looks at the counts


def up(  # noqa: PLR0913, PLR0917 - each is an option
    scenario: Name = "city",
    scale: Scale = 1.0,
    seed: Seed = 2018,
    pace: Pace = None,
    until_done: UntilDone = False,
    port: Port = None,
    as_json: Json = False,
) -> None:
    """Run everything in one process, with a simulated city.

    Store, broker, intake, relay, worker, beat and web; nothing else is needed. EKTP_DATABASE_URL and
    EKTP_BROKER_URL name servers to use instead. Exit code 1 when --until-done was stopped before the city's end.
    """
    from ektp.breaking.city_breaking import CityBreaking
    from ektp.city import city_on
    from ektp.opening import parts
    from ektp.release import release_name
    from ektp.running.crew import crew
    from ektp.running.garbage import settle_down
    from ektp.running.presence import announced
    from ektp.simulation.repertoire import scenario as scenario_named
    from ektp.storage.releases import note_release

    wanted = None if scenario == NONE else scenario_named(scenario)
    settings, stopping = configured(), threading.Event()
    if wanted is not None:
        bring_rules(settings, wanted.scaled(scale))
    at = _free_port(settings.http_port if port is None else port)
    with signals_set(stopping), parts(settings, owner=True) as made:
        made.vault  # noqa: B018 - checks the keys
        made.declare_topology()
        note_release(made.engine, release_name())
        line = LiveLine()
        report = CityReport(made, line)
        city, breaking = None, None
        if wanted is not None:
            pace = (0.0 if until_done else WATCHED) if pace is None else pace
            city = city_on(made, wanted, seed, scale=scale, pace=pace, progress=report)
            breaking = partial(CityBreaking, made, city)
        else:
            _real_time(made)
        supervisor = crew(made, HOST, at, breaking)
        try:
            supervisor.start()
            settle_down()
            with announced(settings.home, f"http://{HOST}:{at}"), line:
                note(f"board     http://{HOST}:{at}/\nstop      Ctrl-C")
                if city is not None:
                    _live(city, stopping)
                if not until_done:
                    _watch(made, line, stopping)
                told, came = summary_of(made), outcome_of(made, city) if city is not None else None
        finally:
            supervisor.stop()
    if as_json:
        print_json({**told, **written(came)})
    else:
        print_outcome(came)
    if until_done and city is not None and not report.done:
        raise typer.Exit(1)


def bring_rules(settings: "Settings", scenario: "Scenario") -> None:
    """Let the home have the rules of the scenario, so that every command of it goes by them. Raises WrongUse."""
    from ektp.config.settings import SCENARIO_RULES
    from ektp.simulation.rules import rules

    path, text = settings.home / SCENARIO_RULES, rules(scenario)
    if text is None:
        path.unlink(missing_ok=True)
        return
    if settings.config is not None:
        raise WrongUse(f"scenario {scenario.name} brings its own configuration: unset EKTP_CONFIG")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_text(text)


def _free_port(port: int) -> int:
    """Return the port if it is free, a free one for 0; raise WrongUse where another program has it."""
    try:
        with socket.create_server((HOST, port)) as probe:
            return int(probe.getsockname()[1])
    except OSError as error:
        raise WrongUse(f"cannot listen on port {port} ({error.strerror}): set EKTP_HTTP_PORT or --port") from None


def _real_time(made: "Parts") -> None:
    from ektp.storage.simulated_clock import forget_simulated_clock

    if forget_simulated_clock(made.engine):
        note("this store holds a simulated city; from here on its time is the real one")


def _live(city: "City", stopping: threading.Event) -> None:
    """Let the city live to its end or until told to stop; raise what it failed with."""
    failed: list[BaseException] = []

    def live() -> None:
        try:
            city.run()
        except BaseException as error:  # noqa: BLE001 - raised again in the main thread
            failed.append(error)

    living = threading.Thread(target=live, name="city")
    living.start()
    while living.is_alive() and not stopping.is_set():
        living.join(0.1)
    city.stop()
    living.join()
    if failed:
        raise failed[0]


def _watch(made: "Parts", line: LiveLine, stopping: threading.Event) -> None:
    """Tell how it goes until it is stopped."""
    from consumers.errors import StoreAway

    while not stopping.wait(_LOOK):
        try:
            told: dict[str, Any] = summary_of(made)
        except StoreAway:
            continue  # its keeper brings it up again
        line.show(f"{told['applications']:,} applications", sum(told["events"].values()))
