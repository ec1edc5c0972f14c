"""The command that simulates the outside world: city."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ektp.cli.live_line import LiveLine
from ektp.cli.opening import Loop, opened, serve
from ektp.cli.outcome import outcome_of, print_outcome, written
from ektp.cli.screen import Json, print_json

if TYPE_CHECKING:
    from ektp.bootstrap import Parts
    from ektp.simulation.city import City, Progress


Scale = Annotated[float, typer.Option(min=0.001, max=100, help="So many times its people, blanko and printers.")]
Seed = Annotated[int, typer.Option(help="Another seed is another history of the same city.")]
Pace = Annotated[float | None, typer.Option(min=0, help="Least seconds a working day takes; 3 to watch it.")]


def city(
    scenario: Annotated[str, typer.Option(metavar="NAME", help="What happens; `city` is four weeks.")] = "city",
    scale: Scale = 1.0,
    seed: Seed = 2018,
    pace: Pace = None,
    as_json: Json = False,
) -> None:
    """Simulate stations, centre, printers and residents of a city.

    They speak and hear over the broker as real ones do, and the clock of the store moves on when the pipeline is done.
    A store with real applications is refused. Exit code 1 when it was stopped before its end.
    """
    from ektp.city import city_on
    from ektp.simulation.repertoire import scenario as scenario_named

    wanted = scenario_named(scenario)
    with opened(broker=True) as made:
        with LiveLine() as line:
            report = CityReport(made, line)
            lived: list[City] = []

            def arrived() -> list[Loop]:
                lived.append(city_on(made, wanted, seed, scale=scale, pace=pace or 0.0, progress=report))
                return [*lived]

            serve("city", made, arrived)
        last, told = report.last, summary_of(made)
        came = outcome_of(made, lived[0]) if lived else None
        if as_json:
            print_json({"scenario": scenario, "seed": seed, **_ended(last), "summary": told, **written(came)})
        elif last is not None:
            print(f"{_words(last)}: {last.published} events said, {last.heard} notices and requests heard")
            print(_states(told))
            print_outcome(came)
    if not report.done:
        raise typer.Exit(1)


class CityReport:
    """Says how far the city is; `last` is what it told last."""

    def __init__(self, made: "Parts", line: LiveLine) -> None:
        self.last: Progress | None = None
        self._made, self._line = made, line
        self._asked, self._told = -1.0, ""

    @property
    def done(self) -> bool:
        """Whether the scenario has ended."""
        return self.last is not None and self.last.done

    def __call__(self, progress: "Progress") -> None:
        """Show it; the counts are as of the last second."""
        self.last = progress
        if progress.done or progress.seconds - self._asked >= 1.0:
            self._asked, self._told = progress.seconds, _states(summary_of(self._made))
        self._line.show(f"{_words(progress)} · {self._told}", progress.published, now=progress.done)


def _words(progress: "Progress") -> str:
    return f"{progress.moment:%a %d %b %Y %H:%M} · day {progress.day}"


def _ended(progress: "Progress | None") -> dict[str, Any]:
    if progress is None:
        return {"done": False}
    return {
        "done": progress.done,
        "moment": progress.moment.isoformat(),
        "day": progress.day,
        "published": progress.published,
        "heard": progress.heard,
        "seconds": round(progress.seconds, 1),
    }


def _states(told: dict[str, Any]) -> str:
    return ", ".join(f"{count} {state}" for state, count in told["states"].items() if count)


def summary_of(made: "Parts") -> dict[str, Any]:
    """Return `summary` of the contract. Raises StoreAway."""
    from ektp.reading.snapshot import snapshot
    from ektp.reading.summary import summary

    with snapshot(made.engine) as connection:
        return summary(connection, made.campaigns)
