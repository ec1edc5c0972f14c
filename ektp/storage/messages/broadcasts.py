"""An outage is told to everybody whom it holds up, its end to everybody who was told: some at a time, each once."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import psycopg

from ektp.storage.journal.standings import read_standing
from ektp.storage.messages.rows import NewMessage, write_messages
from workflows.card_issuance import State, whose_move
from workflows.clock import concerns_outage
from workflows.messages import DECLARED, ENDED, Manner, deadline
from workflows.timekeeping import Timekeeping

_NOBODY: Final = UUID(int=0)
# Which parts of which outages are to be told now; the end after the beginning: who was told of that is known then.
_TO_TELL: Final = """
from outages cross join unnest(array['outage-declared', 'outage-ended']) as parts (part)
left join message_broadcasts told on told.outage = declared and told.part = parts.part
where told.done is null and begins <= ektp_now() and (parts.part = 'outage-declared' or ends <= ektp_now())
"""
_OPEN: Final = f"""
select parts.part, declared, subject, coalesce(ends <= ektp_now(), false), ended_by, coalesce(position, %s), ektp_now()
{_TO_TELL} order by begins, declared, parts.part limit 1
"""
_SOME: Final = """
select id, office, state, standing from applications
where id > %s and state not in ('collected', 'cancelled') order by id limit %s
"""
_WHO_KNOWS: Final = """
select application, office from messages
where fact = %s and application > %s and state in ('planned', 'sending', 'sent', 'unknown')
order by application limit %s
"""
_KEEP: Final = """
insert into message_broadcasts (outage, part, position, done) values (%(outage)s, %(part)s, %(position)s,
    case when %(done)s then ektp_now() end)
on conflict (outage, part) do update set position = excluded.position, done = excluded.done
"""


class Broadcasts:
    """What is told of outages, to so many in a transaction; `manner` is an office's."""

    def __init__(self, keeping: Timekeeping, manner: Callable[[str], Manner], at_once: int) -> None:
        self._at_once = at_once
        self._keeping = keeping
        self._manner = manner

    def go_on(self, connection: psycopg.Connection) -> tuple[int, bool]:
        """Tell some of those who are not told yet; return how many messages were written, and whether to come again."""
        row = connection.execute(_OPEN, [_NOBODY]).fetchone()
        if row is None:
            return 0, False
        part, outage, subject, over, ended_by, position, now = row
        if part == DECLARED and not over:
            found = connection.execute(_SOME, [position, self._at_once]).fetchall()
            concerned = self._concerned(found, subject)
            fact = outage
        elif part == ENDED:
            found = connection.execute(_WHO_KNOWS, [outage, position, self._at_once]).fetchall()
            concerned, fact = iter(found), ended_by or _end_of(outage)
        else:
            found, concerned, fact = [], iter(()), outage
        written = write_messages(connection, list(self._messages(concerned, part, fact, now)))
        done = len(found) < self._at_once
        last = found[-1][0] if found else position
        connection.execute(_KEEP, {"outage": outage, "part": part, "position": last, "done": done})
        return written, True

    def _concerned(self, rows: list[tuple[Any, ...]], subject: str) -> Iterator[tuple[UUID, str]]:
        for application, office, state, standing in rows:
            if concerns_outage(subject, office, whose_move(read_standing(standing), State(state))):
                yield application, office

    def _messages(
        self, concerned: Iterator[tuple[UUID, str]], part: str, fact: UUID, now: datetime
    ) -> Iterator[NewMessage]:
        for application, office in concerned:
            manner = self._manner(office)
            if part in manner.tell:
                until = deadline(self._keeping.calendar(office), now, manner.within)
                yield NewMessage(application, fact, part, None, office, now, until)


def _end_of(outage: UUID) -> UUID:
    """Return the fact that an outage which nobody ended is over by its own word."""
    return UUID(int=outage.int ^ 1)
