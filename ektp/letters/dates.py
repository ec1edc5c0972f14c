"""Dates as letters and pages write them."""

from datetime import date
from typing import Final

_MONTHS: Final = {
    "id": (
        "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember".split()  # noqa: SIM905
    ),
    "en": "January February March April May June July August September October November December".split(),  # noqa: SIM905
}


def long_date(day: date, language: str = "id") -> str:
    """Write 13 Februari 2026."""
    return f"{day.day} {_MONTHS[language][day.month - 1]} {day.year}"
