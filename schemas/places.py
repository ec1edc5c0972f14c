"""The administrative regions of Indonesia: which code names which province, regency or kecamatan."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Final, Literal

Level = Literal["province", "regency", "district"]

#: Provinces that are no more, but whose code stays in the NIKs they once gave (54: East Timor, until 1999).
FORMER_PROVINCES: Final = frozenset({"54"})


@dataclass(frozen=True, slots=True)
class Place:
    """A region with a code of its own, such as 33, 33.74 or 33.74.10."""

    code: str
    name: str
    level: Level

    @property
    def parent(self) -> str | None:
        """Give the code of the region around it; a province has none."""
        return self.code[:-3] or None

    @property
    def province(self) -> str:
        """Give the two digits of its province."""
        return self.code[:2]

    @property
    def regency(self) -> str | None:
        """Give the code of its regency; a province has none."""
        return self.code[:5] if len(self.code) >= 5 else None


def place(code: str) -> Place | None:
    """Find the region with this dotted code."""
    return _places().get(code)


def is_office(code: str) -> bool:
    """Tell whether an office can have this code: a regency or a kecamatan of today."""
    return len(code) > 2 and code in _places()


def provinces() -> tuple[Place, ...]:
    """List the provinces of today, in the order of their codes."""
    return _inside().get(None, ())


def regencies_of(province: str) -> tuple[Place, ...]:
    """List the regencies and cities of a province; none for an unknown code."""
    return _inside().get(province, ()) if len(province) == 2 else ()


def districts_of(regency: str) -> tuple[Place, ...]:
    """List the kecamatan of a regency; none for an unknown code."""
    return _inside().get(regency, ()) if len(regency) == 5 else ()


@cache
def _inside() -> Mapping[str | None, tuple[Place, ...]]:
    """List the places by the place around them."""
    found: dict[str | None, list[Place]] = {}
    for region in _places().values():
        found.setdefault(region.parent, []).append(region)
    return MappingProxyType({code: tuple(regions) for code, regions in found.items()})


@cache
def _places() -> Mapping[str, Place]:
    """Read the packed table once: a line per province (code, name) and per regency (code, name, kecamatan)."""
    found: dict[str, Place] = {}
    text = resources.files("schemas").joinpath("data", "regions.tsv").read_text(encoding="utf-8")
    for line in text.splitlines():
        code, name, *districts = line.split("\t")
        found[code] = Place(code, name, "regency" if districts else "province")
        for district in districts[0].split(";") if districts else ():
            number, district_name = district.split(":", 1)
            found[f"{code}.{number}"] = Place(f"{code}.{number}", district_name, "district")
    return MappingProxyType(found)
