"""The national days off: from the decrees that are kept here as data, else from the package `holidays`."""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Final

from holidays.countries.indonesia import Indonesia

from workflows.office_hours import Closure, ClosureKind

# Cards have been issued since 2011; beyond a decade nobody knows when a month of the moon will begin.
_YEARS: Final = range(2011, 2041)
_KINDS: Final[dict[str, ClosureKind]] = {"public": "public", "government": "cuti-bersama"}
_DECREED: Final[tuple[ClosureKind, ...]] = ("public", "cuti-bersama")


@dataclass(frozen=True, slots=True)
class NationalDays:
    """The days on which the whole country is closed, and the years of which they are decreed."""

    closures: tuple[Closure, ...]
    final_years: frozenset[int]


@cache
def national_days() -> NationalDays:
    """Return what is decreed and, for the years without a decree, what the package expects."""
    decrees = tomllib.loads(resources.files("ektp").joinpath("data", "decrees.toml").read_text())["decrees"]
    closures: list[Closure] = []
    for decree in decrees:
        if "open" in decree:
            closures = opened(closures, decree["open"], decree["announced"])
        closures += _closed_by(decree)
    decreed = {decree["year"] for decree in decrees}
    closures += _expected(year for year in _YEARS if year not in decreed)
    return NationalDays(tuple(closures), frozenset(decree["year"] for decree in decrees if decree.get("final")))


def opened(closures: Iterable[Closure], days: Iterable[date], announced: date) -> list[Closure]:
    """Return the closures with those of some days that were known by *announced* revoked from then on."""
    days = frozenset(days)
    return [replace(one, revoked=announced) if one.day in days and one.is_known(announced) else one for one in closures]


def _closed_by(decree: dict[str, Any]) -> Iterator[Closure]:
    for kind in _DECREED:
        for day in decree.get(kind, ()):
            name = _names(day.year).get(day)
            yield Closure(day, f"{name} ({decree['name']})" if name else decree["name"], kind, decree.get("announced"))


def _expected(years: Iterable[int]) -> Iterator[Closure]:
    years = list(years)
    for category, kind in _KINDS.items():
        for day, name in Indonesia(years=years, categories=(category,), language="id").items():
            yield Closure(day, name, kind)


@cache
def _names(year: int) -> dict[date, str]:
    return dict(Indonesia(years=year, categories=tuple(_KINDS), language="id").items())
