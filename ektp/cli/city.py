"""The command that simulates the outside world: city."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ektp.cli.opening import opened, serve
from ektp.cli.screen import Json, note, print_json

if TYPE_CHECKING:
    from ektp.bootstrap import Parts
    from ektp.simulation.city import Progress


def city(
    scenario: Annotated[str, typer.Option(metavar="NAME", help="What happens; `city` is four weeks.")] = "city",
    seed: Annotated[int, typer.Option(help="One seed, one history.")] = 1,
    scale: Annotated[float, typer.Option(min=0.01, max=100, help="So many times the people, stock, capacity.")] = 1.0,
    pace: Annotated[float, typer.Option(min=0, help="Least seconds a working day takes; 3 to watch it.")] = 0.0,
    as_json: Json = False,
) -> None:
    """Simulate stations, centre, printers and residents of a city.

    It speaks and hears over the broker as they would, and moves the clock of the store on when the pipeline is done.
    A store with real applications is refused.
    """
    from ektp.simulation.scenarios import scenario as scenario_named

    wanted = scenario_named(scenario)
    with opened(broker=True) as made:
        report = _Report(made)
        serve("city", made, lambda: (made.city(wanted, seed, scale=scale, pace=pace, progress=report),))
        report.end(as_json=as_json)


class _Report:
    """Says how far the city is: one line that changes on a terminal, one for each working day elsewhere."""

    def __init__(self, made: "Parts") -> None:
        self._made = made
        self._terminal = sys.stderr.isatty()
        self._last: Progress | None = None
        self._written = 0.0

    def __call__(self, progress: "Progress") -> None:
        before, self._last = self._last, progress
        if self._terminal and progress.seconds - self._written > 0.5:
            self._written = progress.seconds
            print(f"\r\x1b[K{_line(progress)}  {_states(self._summary())}", end="", file=sys.stderr, flush=True)
        elif not self._terminal and (before is None or before.day != progress.day):
            note(_line(progress))

    def end(self, *, as_json: bool) -> None:
        """Print what has become of everybody; exit code 1 when the scenario was not lived to its end."""
        if self._terminal:
            note("\r\x1b[K")
        last = self._last
        if last is None:
            raise typer.Exit(1)
        told = self._summary()
        if as_json:
            ended = {"done": last.done, "moment": last.moment.isoformat(), "day": last.day}
            counts = {"published": last.published, "heard": last.heard, "seconds": round(last.seconds, 1)}
            print_json({**ended, **counts, "summary": told})
        else:
            print(_line(last))
            print(_states(told))
        if not last.done:
            raise typer.Exit(1)

    def _summary(self) -> dict[str, Any]:
        from ektp.reading.snapshot import snapshot
        from ektp.reading.summary import summary

        with snapshot(self._made.engine) as connection:
            return summary(connection)


def _line(progress: "Progress") -> str:
    return (
        f"{progress.moment:%a %d %b %Y %H:%M}  day {progress.day}  {progress.published} events"
        f" ({progress.rate:.0f}/s)  {progress.heard} heard"
    )


def _states(told: dict[str, Any]) -> str:
    return "  ".join(f"{state} {count}" for state, count in told["states"].items() if count)
