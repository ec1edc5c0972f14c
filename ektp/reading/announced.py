"""The visit that was announced to one resident: when and where, as it was told."""

import json
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

from consumers.letters import NOTICES, letter_id
from consumers.visit_letters import ANNOUNCED
from workflows.visits import PURPOSES

# Whoever has fetched the card or come again meanwhile waits for nobody, though the kit has them on its list.
_WAITS: Final = ", ".join(f"('{state}', '{purpose}')" for state, purpose in PURPOSES.items())
_INVITED: Final = text(f"""
select exists (select from visit_guests guest join visits on visits.id = guest.visit
join applications on applications.id = guest.application and (applications.state, guest.purpose) in ({_WAITS})
where guest.application = :application and guest.state = 'invited' and visits.state = 'planned')
""")  # noqa: S608 - words of ours
_TOLD: Final = text("""
select body from outbox where id = any(:ids) and routing_key like :name order by seq desc limit 1
""")


class Announced(NamedTuple):
    """A visit to come."""

    when: datetime
    where: str


def announced(connection: Connection, application: UUID, notices: int) -> Announced | None:
    """Return the visit that somebody is invited to, if there is one; *notices* were told of the application."""
    if not connection.scalar(_INVITED, {"application": application}):
        return None
    ids = [letter_id(NOTICES, application, number + 1) for number in range(notices)]
    body = connection.scalar(_TOLD, {"ids": ids, "name": f"{ANNOUNCED}.%"})
    if body is None:
        return None
    data = json.loads(body)["data"]
    return Announced(datetime.fromisoformat(data["when"]), data["where"])
