"""What lies in the offices of whoever asks: as a condition of a query, and for one thing that was found."""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import ColumnElement, or_, true

from ektp.reading.errors import Unknown
from workflows.permissions import within

Offices = Collection[str]
EVERYWHERE: Final[Offices] = ()  #: No region named: all of them.


def lying_in(column: str) -> str:
    """Return the same condition for a query that is written out, on this column; `named` gives it its parameters."""
    return f"(:everywhere or {column} = any(:offices) or {column} like any(:below))"


LIES_IN: Final = lying_in("office")


def named(offices: Offices) -> dict[str, Any]:
    """Return the parameters of LIES_IN and `lying_in`."""
    return {"everywhere": not offices, "offices": list(offices), "below": [f"{region}.%" for region in offices]}


def lies_in(office: ColumnElement[Any], offices: Offices) -> ColumnElement[bool]:
    """Return the condition that an office lies in one of the regions."""
    if not offices:
        return true()
    inside = [office.startswith(f"{region}.", autoescape=True) for region in offices]
    return or_(office.in_(list(offices)), *inside)


def require_inside(offices: Offices, office: str | None, what: str, name: str) -> None:
    """Raise Unknown for what lies outside: to whoever asks it is not there."""
    if not within(offices, office):
        raise Unknown(what, name)
