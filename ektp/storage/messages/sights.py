"""What the watch reads of the messages to residents."""

from typing import Final

import psycopg

from workflows.alerts_of_messages import Carried, LateMessages

_LATE: Final = """
select office, count(*)::int, min(at) from messages
where state in ('planned', 'sending') and deadline < ektp_now() group by 1
union all
select '', count(*)::int, min(created) from (
    select outbox.created from outbox, message_plans where exchange = 'ektp.notices'
    and (outbox.xid, outbox.seq) > (message_plans.xid, message_plans.seq)
    and outbox.created < now() - interval '15 minutes' limit 10000) as unplanned having count(*) > 0
order by 1
"""
_CARRIED: Final = """
select channel, count(*) filter (where state = 'planned' and tries >= 3)::int,
    count(*) filter (where state = 'sent')::int, count(*) filter (where state = 'bounced' and sent is not null)::int,
    count(*) filter (where state = 'unknown')::int
from messages where channel is not null
and (planned > ektp_now() - interval '7 days' or state in ('planned', 'sending')) group by 1 order by 1
"""


def late_messages(connection: psycopg.Connection) -> tuple[LateMessages, ...]:
    """Return by office what should have been told by now, and of no office what was not even planned."""
    return tuple(LateMessages(*row) for row in connection.execute(_LATE))


def carried_messages(connection: psycopg.Connection) -> tuple[Carried, ...]:
    """Return by channel what became of the last week's messages."""
    return tuple(Carried(*row) for row in connection.execute(_CARRIED))
