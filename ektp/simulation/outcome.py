"""What became of everybody with whom something went wrong: what the city did, against what the store tells."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final, Protocol

from ektp.reading.paths import Path
from ektp.simulation.troubles import Trouble
from ektp.simulation.working_days import WIB
from workflows.card_issuance import State

#: The ends, as the table has them; nobody may be in the last one.
COLLECTED, CANCELLED, REVIEW, WAITING, OTHER = "collected", "cancelled", "under-review", "waiting", "other"
ENDS: Final = (COLLECTED, CANCELLED, REVIEW, WAITING, OTHER)
REMEDIES: Final = ("resend-packet", "retry-search", "delete-central-record", "invite-resident")
_CALL_BACKS: Final = ("void-print", "destroy-card")


class Report(Protocol):
    """Tells what became of the applications of one run, at this moment; JSON values."""

    def __call__(self, troubles: Mapping[str, Trouble], paths: Iterable[Path], now: datetime) -> "Outcome":
        """Sort each application by what went wrong with it."""


@dataclass
class Row:
    """All applications with one kind of trouble."""

    applications: int = 0
    noticed: int = 0  #: in time
    tried: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)

    def told(self, trouble: Trouble) -> dict[str, Any]:
        """Return it for scripts."""
        tried = {**dict.fromkeys(REMEDIES, 0), **self.tried}
        return {
            "trouble": trouble.value,
            "applications": self.applications,
            "noticed": self.noticed,
            "tried": {name: tried[name] for name in sorted(tried) if name != "print-card"},
            "ended": {end: self.ends[end] for end in ENDS},
        }


@dataclass(frozen=True)
class Outcome:
    """The table, and what must never have happened."""

    key: ClassVar[str] = "outcome"  #: under which scripts find it
    rows: Mapping[Trouble, Row]
    waiting_for: Mapping[str, int]
    too_early: int
    after_duplicate: int

    @property
    def kept(self) -> bool:
        """Whether nothing got stuck: all noticed in time, nobody at another end, nothing recorded that must not be."""
        rows = self.rows.values()
        stuck = sum(row.applications - row.noticed + row.ends[OTHER] for row in rows)
        return not (stuck or self.too_early or self.after_duplicate)

    def told(self) -> dict[str, Any]:
        """Return it for scripts."""
        return {
            "troubles": [row.told(trouble) for trouble, row in self.rows.items()],
            "waiting_for": dict(self.waiting_for),
            "re_recorded_before_deletion": self.too_early,
            "duplicates_re_recorded": self.after_duplicate,
            "kept": self.kept,
        }

    def table(self) -> tuple[Sequence[str], list[Sequence[object]]]:
        """Return a head and the rows of the table for people; the last sums up."""
        head = ("trouble", "people", "in time", "resent", "retried", "deleted", "invited", "called back",
                "collected", "cancelled", "review", "waiting", "other")  # fmt: skip
        lines = [(trouble.value, *_figures(row)) for trouble, row in self.rows.items()]
        sums = [sum(column) for column in zip(*(line[1:] for line in lines), strict=True)]
        return head, [*lines, ("together", *sums)]

    def words(self) -> list[str]:
        """Return what stands under the table."""
        waiting = ", ".join(f"{party} {count}" for party, count in self.waiting_for.items()) or "nobody"
        return [
            f"waiting with a due date for: {waiting}",
            f"recorded again before the deletion was confirmed: {self.too_early}",
            f"duplicates recorded again: {self.after_duplicate}",
        ]


def outcome(troubles: Mapping[str, Trouble], paths: Iterable[Path], now: datetime) -> Outcome:
    """Sort each path by what went wrong with its application."""
    rows = {trouble: Row() for trouble in Trouble}
    waiting = Counter[str]()
    too_early = after_duplicate = 0
    for path in paths:
        row, end = rows[troubles.get(str(path.application), Trouble.NONE)], _end(path, now)
        row.applications += 1
        row.noticed += _in_time(path)
        row.tried.update(path.tried)
        row.ends[end] += 1
        if end == WAITING:
            waiting[path.whose_move] += 1
        too_early += path.too_early
        after_duplicate += path.after_duplicate
    return Outcome(rows, dict(sorted(waiting.items())), too_early, after_duplicate)


def _in_time(path: Path) -> bool:
    """Tell whether on every day on which something fell due something was said, up to the first word of trouble."""
    slips = [slip for slip in path.slips if path.noticed is None or slip.due < path.noticed]
    return all(_day(slip.due) == _day(slip.came) for slip in slips)


def _end(path: Path, now: datetime) -> str:
    if path.state in (State.COLLECTED, State.CANCELLED):
        return path.state.value
    if path.due is None or path.due < now:
        return OTHER
    if path.state is State.UNDER_REVIEW:
        return REVIEW if path.owner else OTHER
    return WAITING


def _day(moment: datetime) -> object:
    return moment.astimezone(WIB).date()


def _figures(row: Row) -> tuple[int, ...]:
    called_back = sum(row.tried[name] for name in _CALL_BACKS)
    tried = (row.tried[name] for name in REMEDIES)
    return (row.applications, row.noticed, *tried, called_back, *(row.ends[end] for end in ENDS))
