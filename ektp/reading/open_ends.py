"""What has no deadline that would bring it up: events that wait for another, cards that nobody gave back."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, text

from ektp.reading.moments import written
from ektp.storage.standings import read_standing
from workflows.card_issuance import state_of
from workflows.facts import fact_of
from workflows.open_requests import is_awaited

#: A new recording whose predecessor the centre has not deleted yet: sent on, it would become a duplicate.
RECORDED_TOO_EARLY: Final = "recorded-too-early"
_CAUSE: Final = f"""
case when type = 'id.ektp.recorded.v1' and waits_for = 'waits-for-deletion'
then '{RECORDED_TOO_EARLY}' else waits_for end
"""
_HELD: Final = text(f"select {_CAUSE} as cause, count(*), min(received) from held group by 1 order by 1")  # noqa: S608
_GIVEN_UP: Final = text("""
select s.id, s.application, s.data, s.finished, a.standing, a.office
from steps s join applications a on a.id = s.application
where s.kind = 'await-answer' and s.state = 'given-up' order by s.finished, s.id
""")


def held_by_cause(connection: Connection) -> list[tuple[str, int, datetime]]:
    """Return for each cause how many events are held, and since when the oldest is; no person, no application."""
    return [(cause, count, since) for cause, count, since in connection.execute(_HELD)]


def not_called_back(connection: Connection) -> list[dict[str, Any]]:
    """Return the requests that nobody answered and nobody repeats, and whose answer is still missing."""
    found = []
    for row in connection.execute(_GIVEN_UP):
        standing = read_standing(row.standing)
        missing = fact_of(row.id, "deadline-passed", {"then": "tell", **row.data})
        if is_awaited(standing, state_of(standing), missing):
            found.append(
                {
                    "application": str(row.application),
                    "office": row.office,
                    "cause": f"{row.data['ask']}-unanswered",
                    "blanko": row.data.get("blanko"),
                    "asked": row.data["asked"],
                    "since": written(row.finished),
                }
            )
    return found
