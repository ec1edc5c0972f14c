"""A city made of paper: a Breaking that remembers what was asked of it, and tells what a test lets it tell."""

from dataclasses import dataclass, field, replace
from typing import Final

from ektp.web.breaking import Broken, Kind, Trace, Truth

NOW: Final = "2018-02-14T03:00:00Z"
CUT: Final = Broken(
    Kind.STATION,
    "siti",
    "2018-02-07T01:00:00Z",
    {"station": "st337401", "days": 5, "kept": 1234},
    5678,
    3,
    0,
    Trace("alert", "station-silent", "2018-02-08T02:00:00Z", 1.1, "/alerts?rule=station-silent"),
    None,
    over=False,
)
TRUTH: Final = Truth(alive=True, now=NOW, day=8, checked=3328, double=0, broken=(CUT,))


@dataclass
class PaperCity:
    """A city of 33.74 that lives as long as `truth` says so."""

    truth: Truth = TRUTH
    office: str = "33.74"
    started: list[tuple[Kind, str]] = field(default_factory=list)

    def may_start(self, kind: Kind) -> bool:
        """Tell whether it lives and nothing of this kind lasts."""
        return self.truth.alive and all(one.over for one in self.truth.broken if one.kind is kind)

    def start(self, kind: Kind, by: str) -> None:
        """Remember it, and let it begin with the next hour."""
        self.started.append((kind, by))
        one = Broken(kind, by, None, {}, 0, 0, 0, None, None, over=False)
        self.truth = replace(self.truth, broken=(one, *self.truth.broken))

    def told(self) -> Truth:
        """Tell it."""
        return self.truth
