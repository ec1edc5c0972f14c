"""What was sent about one application, found by the ids that its letters have for ever: no index is needed."""

import json
from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Row, text

from consumers.follow_up import AWAIT_ANSWER
from consumers.letters import NOTICES, REQUESTS, letter_id
from ektp.reading.errors import Unknown
from ektp.reading.moments import written

_LETTERS: Final = text("""
select id, exchange, routing_key, body, created, sent from outbox where id = any(:ids) order by seq
""")
_STEPS: Final = text("select key, state from steps where application = :application and kind = :kind")
_REQUEST: Final = text("""
select application, routing_key, body from outbox where id = :id and exchange = :exchange
""")


class Asked(NamedTuple):
    """A request that left: its name, its application, and the office where it is wanted."""

    name: str
    application: UUID
    office: str


def sent_letters(connection: Connection, application: Row[Any]) -> Iterator[dict[str, Any]]:
    """Yield the notices and requests about an application (its row) in the order in which they were written."""
    ids = [letter_id(NOTICES, application.id, number + 1) for number in range(application.notices)]
    ids += [letter_id(REQUESTS, application.id, number + 1) for number in range(application.requests)]
    steps = connection.execute(_STEPS, {"application": application.id, "kind": AWAIT_ANSWER})
    states = {step.key: step.state for step in steps}
    for row in connection.execute(_LETTERS, {"ids": ids}):
        letter = json.loads(row.body)
        data = letter["data"]
        asked = row.exchange == REQUESTS
        yield {
            "id": str(row.id),
            "kind": "request" if asked else "notice",
            "name": row.routing_key.partition(".")[0],
            "number": letter["sequence"],
            "written": written(row.created),
            "sent": written(row.sent),
            "because": data.get("because"),
            "answer_by": data.get("answer_by"),
            "answer": states.get(f"{AWAIT_ANSWER}:{application.id}:{letter['sequence']}") if asked else None,
        }


def request_asked(connection: Connection, id_: UUID) -> Asked:
    """Return a request about an application by its id; raise Unknown."""
    row = connection.execute(_REQUEST, {"id": id_, "exchange": REQUESTS}).one_or_none()
    data = json.loads(row.body)["data"] if row else {}
    if row is None or "application" not in data:
        raise Unknown("request", str(id_))
    return Asked(row.routing_key.partition(".")[0], UUID(data["application"]), data["office"])
