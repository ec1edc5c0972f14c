"""How a backlog was paid off: the table by weeks, and the plot beside it in the home."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from ektp.reading.backlog import Backlog, Week

if TYPE_CHECKING:
    from ektp.bootstrap import Parts
    from ektp.simulation.scenarios import Backlog as Asked

_HEAD: Final = ("monday", "backlog", "new", "stock", "printed", "suket", "days")
_FORMS: Final[tuple[Literal["svg", "png"], ...]] = ("svg", "png")
_MONTH: Final = 7  # the first Monday of a month is one of its first seven days


@dataclass(frozen=True, slots=True)
class PaidOff:
    """What the store tells of a backlog, and where its plots lie, by their form."""

    key: ClassVar[str] = "backlog"
    backlog: Backlog
    look: date
    plots: Mapping[str, Path]

    def told(self) -> dict[str, Any]:
        """Return it for scripts; `look` is the week of the day that everybody will ask of."""
        weeks = {week.monday: {**week._asdict(), "monday": str(week.monday)} for week in self.backlog.weeks}
        plots = {form: str(path) for form, path in self.plots.items()}
        return {**self.backlog.told(), "look": weeks.get(self.look), "plots": plots}

    def table(self) -> tuple[Sequence[str], list[Sequence[object]]]:
        """Return the weeks; of the time in which nothing was printed only the first of each month."""
        return _HEAD, [tuple(week) for week in self.backlog.weeks if _is_told(week)]

    def words(self) -> list[str]:
        """Return what stands under the table."""
        told, new = self.backlog, self.backlog.told()["new"]
        look = next((week for week in told.weeks if week.monday == self.look), None)
        share = "-" if new["share"] is None else f"{new['share']:.1%}"
        return [
            f"recorded before {told.new_from}: {told.recorded}; waiting still: {told.weeks[-1].backlog}",
            *([f"on {look.monday:%a %d %b %Y}: {look.backlog} waiting"] if look else []),
            f"recorded since: {told.new}; median wait for the print: {told.days} working days",
            f"printed within the {told.promise} working days that were promised: {told.kept} of {told.due} ({share})",
            *(f"plot      {path}" for path in self.plots.values()),
        ]


def _is_told(week: Week) -> bool:
    return bool(week.printed or week.stock) or week.monday.day <= _MONTH


def paid_off(made: "Parts", regency: str, asked: "Asked") -> PaidOff:
    """Read how it went, and write the plots into the home. Raises StoreAway."""
    from ektp.plots import plot
    from ektp.reading.backlog import backlog
    from ektp.reading.snapshot import snapshot
    from schemas.places import place

    with snapshot(made.engine) as connection:
        found = backlog(connection, made.keeping, made.calendars, regency, asked.before)
    there, mondays = place(regency), [week.monday for week in found.weeks]
    drawn = {
        **found.told(),
        "title": f"{there.name if there else regency} ({regency})",
        "look": mondays.index(asked.look) if asked.look in mondays else None,
    }
    plots: dict[str, Path] = {form: made.settings.home / f"backlog-{regency}.{form}" for form in _FORMS}
    for form in _FORMS:
        path = plots[form]
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_bytes(plot("backlog.typ", drawn, form))
    return PaidOff(found, asked.look, plots)
