"""The residents: made-up people whose NIKs nobody can have, each in one application."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from ektp.simulation.chance import Chance
from ektp.simulation.errors import NobodyLeft
from schemas.places import place

#: How many people one run can have, and the first serial of those whom no register ever reached.
MOST: Final = 250_000
FIRST_SERIAL: Final = 9000
_SERIALS: Final = 10_000 - FIRST_SERIAL
_START: Final = date(2018, 2, 5)
_YOUNGEST: Final = date(2001, 2, 5)
_BIRTHDAYS: Final = 60 * 365
_WOMAN: Final = 40
_ALL: Final = _SERIALS * _BIRTHDAYS * 2
# Prime to all: neighbours in number are no neighbours in age, and still no two numbers share a code.
_STRIDE: Final = 16_180_339
_GIVEN: Final = ("Ayu", "Bagus", "Citra", "Dewi", "Eko", "Fitri", "Gilang", "Hesti", "Indra", "Joko", "Kartika")
_FAMILY: Final = ("Anggraini", "Cahyono", "Hidayat", "Kusuma", "Maharani", "Nugroho", "Pratama", "Rahayu", "Santoso")
_NAMES: Final = (("given", _GIVEN), ("family", _FAMILY))
#: Made up by rule: each kecamatan has five, called after it and the points of the compass; the first is the largest.
_KELURAHAN: Final = {"Tengah": 5, "Lor": 3, "Kidul": 2, "Wetan": 1, "Kulon": 1}


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody of the city; `application` is the UUID of the card that is wanted, `office` the kecamatan."""

    application: str
    number: int
    nik: str = field(repr=False)
    name: str = field(repr=False)
    born: date = field(repr=False)
    office: str
    kelurahan: str = ""


class People:
    """Everybody who was recorded in one run, and who of them needs nothing more."""

    def __init__(self, chance: Chance, run: int, *, adult: date = _START) -> None:
        """*adult*: the day by which everybody is 17."""
        self._chance = chance
        self._run = run
        self._youngest = date(adult.year - 17, adult.month, min(adult.day, 28))
        self._known: dict[str, Resident] = {}
        self.gone: set[str] = set()  #: Whoever has the card, or wants none any more.

    def __len__(self) -> int:
        return len(self._known)

    def __iter__(self) -> Iterator[str]:
        """Yield everybody's application."""
        return iter(self._known)

    def come(self, office: str, kelurahan: str = "") -> Resident:
        """Let somebody new come to an office, of one of its kelurahan by chance or of this one. Raises NobodyLeft."""
        number = len(self._known)
        nik, born = impossible_nik(self._run, number, office, self._youngest)
        given, family = (words[int(self._chance.draw(number, word) * len(words))] for word, words in _NAMES)
        application = str(self._chance.identity("application", number))
        there = self._chance.one_of(_KELURAHAN, number, "kelurahan")
        found = place(office)
        home = kelurahan or f"{found.name if found else office} {there}"
        resident = Resident(application, number, nik, f"Contoh {given} {family}", born, office, home)
        self._known[application] = resident
        return resident

    def known(self, application: str) -> Resident | None:
        """Return who an application is about; None for one that is not of this run."""
        return self._known.get(application)


def impossible_nik(run: int, number: int, office: str, youngest: date = _YOUNGEST) -> tuple[str, date]:
    """Return a NIK and the birthday in it: no two of all runs alike, whatever their seeds. Raises NobodyLeft.

    It is of somebody born by *youngest* and in the sixty years before (or a little more), first registered at *office*,
    but its serial is one that no kecamatan reaches.
    """
    place = run * MOST + number
    if number >= MOST or place >= _ALL:
        raise NobodyLeft(run)
    code, serial = divmod(place * _STRIDE % _ALL, _SERIALS)
    age, woman = divmod(code, 2)
    born = _YOUNGEST - timedelta(days=age)
    if born > youngest:
        # The birthdays of those who would be too young are those before all others: still nobody's else.
        born -= timedelta(days=_BIRTHDAYS)
    day = born.day + (_WOMAN if woman else 0)
    return f"{office.replace('.', '')}{day:02}{born:%m%y}{FIRST_SERIAL + serial:04}", born
