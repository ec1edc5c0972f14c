"""What a list of applications is narrowed to, as it stands in an address: read strictly, and written again."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from ektp.reading.applications import Chosen
from ektp.web.errors import NotAsked
from schemas.places import is_office
from workflows.card_issuance import Party, State
from workflows.deadlines import MOVES
from workflows.print_queue import Lane

Kind = TypeVar("Kind", bound=StrEnum)
STATES: Final = tuple(state for state in State if state is not State.NEW)
PARTIES: Final = tuple(party for party in Party if party in MOVES.values() and party is not Party.NOBODY)
OLDEST: Final = 36_500  # days


def chosen_in(fields: Mapping[str, str]) -> Chosen:
    """Return what an address asks for; a field that is empty asks for nothing. Raises NotAsked, which repeats nothing.

    Fields it does not know are not looked at: whatever somebody types there is nobody's business.
    """
    return Chosen(
        state=one_of(fields, "state", STATES),
        office=office_in(fields),
        cause=cause_in(fields, MOVES),
        lane=one_of(fields, "lane", tuple(Lane)),
        move=one_of(fields, "move", PARTIES),
        age=_days(fields),
        overdue=_yes(fields),
        newest=_newest(fields),
    )


def address_of(path: str, chosen: Chosen, after: UUID | None = None) -> str:
    """Return the address of a list: the same for the same choice, so that it can be kept."""
    values = {
        "state": chosen.state,
        "office": chosen.office,
        "cause": chosen.cause,
        "lane": chosen.lane,
        "move": chosen.move,
        "age": chosen.age,
        "overdue": 1 if chosen.overdue else None,
        "order": "newest" if chosen.newest else None,
        "after": after,
    }
    query = urlencode({name: str(value) for name, value in values.items() if value is not None})
    return f"{path}?{query}" if query else path


def one_of(fields: Mapping[str, str], name: str, known: tuple[Kind, ...]) -> Kind | None:
    """Return a field that is one of these. Raises NotAsked."""
    given = fields.get(name, "")
    found = next((one for one in known if one == given), None)
    if given and found is None:
        raise NotAsked(f"{name} is one of: {', '.join(known)}")
    return found


def office_in(fields: Mapping[str, str]) -> str | None:
    """Return the office that is asked for. Raises NotAsked."""
    given = fields.get("office", "").strip()
    if given and not is_office(given):
        raise NotAsked("office is the code of a regency or a kecamatan")
    return given or None


def cause_in(fields: Mapping[str, str], known: Mapping[str, object]) -> str | None:
    """Return the cause that is asked for. Raises NotAsked."""
    given = fields.get("cause", "")
    if given and given not in known:
        raise NotAsked(f"cause is one of: {', '.join(known)}")
    return given or None


def after_in(fields: Mapping[str, str]) -> UUID | None:
    """Return where a page begins. Raises NotAsked."""
    given = fields.get("after", "")
    try:
        return UUID(given) if given else None
    except ValueError:
        raise NotAsked("after is what the page before said") from None


def _days(fields: Mapping[str, str]) -> int | None:
    given = fields.get("age", "").strip()
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) <= len(str(OLDEST)) and int(given) <= OLDEST):
        raise NotAsked(f"age is a number of days, at most {OLDEST}")
    return int(given)


def _yes(fields: Mapping[str, str]) -> bool:
    given = fields.get("overdue", "")
    if given not in {"", "1"}:
        raise NotAsked("overdue is 1, or is not there")
    return given == "1"


def _newest(fields: Mapping[str, str]) -> bool:
    given = fields.get("order", "")
    if given not in {"", "oldest", "newest"}:
        raise NotAsked("order is oldest or newest")
    return given == "newest"
