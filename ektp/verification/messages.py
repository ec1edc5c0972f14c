"""Messages to residents: one for a fact, one for every notice that is told, and each with what became of it."""

import json
from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, text

from ektp.verification.finding import Advance, Finding
from ektp.verification.rows import streamed

_ROWS: Final = text("""
select m.id, m.state, m.sent is not null as sent, m.ended is not null as ended, steps.state as step,
    count(*) over (partition by m.application, m.fact) as of_a_fact
from messages m left join steps on steps.key = 'message/' || m.id::text
""")
_RULES: Final = text("select told::text as told from message_plans")
# Since the rules last changed, and as far as the planner has looked.
_NOTICES: Final = text("""
select outbox.id, routing_key, messages.id is not null as planned
from message_plans, outbox left join messages on messages.application = outbox.application and fact = outbox.id
where exchange = 'ektp.notices' and outbox.xid > told_since
and (outbox.xid, outbox.seq) <= (message_plans.xid, message_plans.seq)
""")


def residents_are_told(connection: Connection, advance: Advance) -> list[Finding]:
    """Find facts with two messages, messages that nobody carries, and notices that should be told and are not."""
    once, told = Finding("messages-are-one-for-a-fact"), Finding("notices-are-told")
    for row in streamed(connection, _ROWS, advance):
        once.checked += 1
        is_open = row.state in ("planned", "sending")
        # A step may have ended a moment before the planner notes it, never without one.
        carried = row.step is not None and (row.step in ("waiting", "running", "given-up") or not is_open)
        once.expect(row.of_a_fact == 1 and carried and row.ended != is_open, row.id)
        once.expect(row.sent or row.state != "sent", row.id)
    rules = connection.scalar(_RULES)
    by_office: Mapping[str, list[str]] = json.loads(rules) if rules else {}
    for row in streamed(connection, _NOTICES, advance):
        name, _, office = row.routing_key.partition(".")
        if name in _told(by_office, office):
            told.checked += 1
            told.expect(row.planned, row.id)
    return [once, told]


def _told(by_office: Mapping[str, list[str]], office: str) -> list[str]:
    """Return what the nearest office that set something tells."""
    while office and office not in by_office:
        office = office[:-3]
    return by_office.get(office, [])
