"""What no deadline of an application brings up: recordings that came too early, cards that nobody gave back."""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

from ektp.reading.scope import EVERYWHERE, LIES_IN, Offices, named
from ektp.storage.journal.standings import read_standing
from schemas.reasons import WaitReason
from schemas.upcasting import name_today
from workflows.card_issuance import CALL_BACKS, State
from workflows.facts import fact_of
from workflows.open_requests import is_awaited

#: A new recording whose predecessor the centre has not deleted yet: sent on, it would become a duplicate.
RECORDED_TOO_EARLY: Final = "recorded-too-early"
NOT_CALLED_BACK: Final = tuple(f"{ask}-unanswered" for ask in CALL_BACKS)
_HELD: Final = text("select type, waits_for, count(*) from held group by type, waits_for")
_HELD_IN: Final = text(f"""
select state, count(*) from (
    select coalesce(known.state, 'new') as state, coalesce(known.office, held.data->>'office', '') as office
    from held left join applications known on known.id = held.application
) as held where {LIES_IN} group by state
""")  # noqa: S608 - constants of ours
_GIVEN_UP: Final = text("""
select s.id, s.application, s.data, s.finished, a.state, a.standing
from steps s join applications a on a.id = s.application
where s.kind = 'await-answer' and s.state = 'given-up' order by s.finished, s.id
""")


class Missing(NamedTuple):
    """A blanko or card that was called back for the last time, and whose answer is still missing."""

    application: UUID
    office: str
    state: State
    attempt: int
    cause: str
    since: datetime


def held_cause(type_: str, waits_for: str) -> str:
    """Return what is the matter with an event that is held."""
    early = name_today(type_) == "recorded" and waits_for == WaitReason.WAITS_FOR_DELETION
    return RECORDED_TOO_EARLY if early else waits_for


def held_by_cause(connection: Connection) -> dict[str, int]:
    """Count the events that are held by what is the matter with them."""
    counts: dict[str, int] = {}
    for type_, waits_for, count in connection.execute(_HELD):
        cause = held_cause(type_, waits_for)
        counts[cause] = counts.get(cause, 0) + count
    return dict(sorted(counts.items()))


def held_by_state(connection: Connection, offices: Offices = EVERYWHERE) -> dict[str, int]:
    """Count the events that are held by the state of their application, `new` where there is none yet."""
    return {state: int(count) for state, count in connection.execute(_HELD_IN, named(offices))}


def not_called_back(connection: Connection) -> list[Missing]:
    """Return what nobody called back and nobody asks for any more, the oldest first; an answer that came late ends it.

    Of one card there is one, however often it was given up.
    """
    found: dict[tuple[UUID, str, str | None], Missing] = {}
    for row in connection.execute(_GIVEN_UP):
        standing, state = read_standing(row.standing), State(row.state)
        if is_awaited(standing, state, fact_of(row.id, "deadline-passed", {"then": "tell", **row.data})):
            cause = f"{row.data['ask']}-unanswered"
            missing = Missing(row.application, standing.office, state, standing.attempt, cause, row.finished)
            found.setdefault((row.application, cause, row.data.get("blanko")), missing)
    return list(found.values())
