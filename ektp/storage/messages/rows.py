"""How messages are written: each with the step that delivers it, and once for a fact."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import psycopg

from ektp.storage.steps.steps import add_steps
from workflows.messages import message_id
from workflows.steps.step import NewStep

DELIVER: Final = "deliver-message"
_WRITE: Final = """
insert into messages (id, application, fact, notice, sequence, office, at, deadline)
select * from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::int[], %s::text[], %s::timestamptz[],
    %s::timestamptz[]) on conflict do nothing
"""


class NewMessage(NamedTuple):
    """A message to be written: whose application, which fact, what it is called, where and when it happened.

    `sequence` is that of its notice in the application's series; `deadline` until when it should be told.
    """

    application: UUID
    fact: UUID
    notice: str
    sequence: int | None
    office: str
    at: datetime
    deadline: datetime

    @property
    def id(self) -> UUID:
        """The same for the same fact of an application."""
        return message_id(self.application, self.fact)


def write_messages(connection: psycopg.Connection, messages: Sequence[NewMessage]) -> int:
    """Write messages and their steps within the open transaction; return how many were not there yet."""
    if not messages:
        return 0
    columns = [list(column) for column in zip(*messages, strict=True)]
    written = connection.execute(_WRITE, [[one.id for one in messages], *columns]).rowcount
    add_steps(
        connection,
        [NewStep(DELIVER, f"message/{one.id}", one.application, {"message": str(one.id)}) for one in messages],
    )
    return written
