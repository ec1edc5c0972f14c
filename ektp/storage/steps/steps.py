"""The steps in PostgreSQL: written with the change that asks for them, leased, fenced, sent again when they are due.

A step of an application is due on the applications' clock, which a simulated city may set (`ektp_now()`); housekeeping,
leases and sending go by the server's own.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import psycopg
from sqlalchemy import Engine

from consumers.steps import Claim
from ektp.storage.copy_text import array, uuid_text
from ektp.storage.engine import transaction
from workflows.steps.step import NewStep, Step

# Lines in place of array literals, as for applications: there is a step for most deadlines.
_ADD: Final = """
insert into steps (id, kind, key, application, data, due, created)
select id, kind, key, application, data, coalesce(due, ektp_now()), ektp_now()
from unnest(%s::uuid[], string_to_array(%s, E'\\n'), string_to_array(%s, E'\\n'), %s::uuid[],
            string_to_array(%s, E'\\n')::json[], string_to_array(%s, E'\\n', '')::timestamptz[])
    as new (id, kind, key, application, data, due)
on conflict do nothing
"""
_PLANT: Final = """
insert into steps (kind, key, due, created)
select kind, kind || ':' || floor(extract(epoch from now()) / seconds)::bigint, now(), now()
from unnest(%s::text[], %s::float[]) as every (kind, seconds)
on conflict do nothing
"""
# The greater of the two clocks keeps the index in use; which one it is decides row by row. The clock of applications is
# asked once and not for each of the many steps that a simulated city has waiting between the two.
_DUE: Final = """
update steps set send_after = now() + %(quiet)s where id in (
    select id from steps
    where state in ('waiting', 'running') and due <= greatest(now(), ektp_now())
    and due <= case when application is null then now() else (select step_now(gen_random_uuid())) end
    and coalesce(leased_until <= now(), true) and coalesce(send_after <= now(), true)
    order by due limit %(most)s for update skip locked)
returning id, kind
"""
_UNSENT: Final = "update steps set send_after = null where id = any(%s) and state = 'waiting'"
_CLAIM: Final = """
update steps set state = 'running', attempts = attempts + 1, fence = fence + 1,
    leased_until = now() + %(seconds)s * interval '1 second', send_after = null
where id = %(id)s and state in ('waiting', 'running') and due <= step_now(application)
and coalesce(leased_until <= now(), true)
returning id, kind, key, application, data, attempts, step_now(application), fence
"""
_RENEW: Final = """
update steps set leased_until = now() + %(seconds)s * interval '1 second'
where id = %(id)s and fence = %(fence)s and state = 'running'
"""
_POSTPONE: Final = """
update steps set state = 'waiting', leased_until = null, send_after = null, due = %(until)s, last_error = %(error)s,
    attempts = case when %(error)s::text is null then 0 else attempts end
where id = %(id)s and fence = %(fence)s and state = 'running'
"""
_END: Final = """
update steps set state = %(state)s, leased_until = null, last_error = %(error)s, finished = step_now(application)
where id = %(id)s and fence = %(fence)s and state = 'running'
"""
_FORGET: Final = "delete from steps where application is null and finished < now() - %s"


@dataclass(frozen=True, slots=True)
class Due:
    """A step that is to be sent to a worker."""

    id: UUID
    kind: str


def add_steps(connection: psycopg.Connection, steps: Sequence[NewStep]) -> None:
    """Write steps within the open transaction of *connection*; those whose key is there already stay as they are."""
    if not steps:
        return
    ids, applications = array(uuid_text(one.id) for one in steps), array(uuid_text(one.application) for one in steps)
    lines = [(one.kind, one.key, json.dumps(dict(one.data)), one.due.isoformat() if one.due else "") for one in steps]
    kinds, keys, data, due = ("\n".join(column) for column in zip(*lines, strict=True))
    connection.execute(_ADD, [ids, kinds, keys, applications, data, due])


class PostgresSteps:
    """The steps' rows; every write checks the fence, so whoever was overtaken changes nothing. Raises StoreAway."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def claim(self, id: UUID, seconds: float) -> Claim | None:  # noqa: A002
        """Lease a step; None when it is leased by another, not due, over, or unknown."""
        with transaction(self._engine) as connection:
            row = connection.execute(_CLAIM, {"id": id, "seconds": seconds}).fetchone()
        return Claim(Step(*row[:7]), row[7]) if row else None

    def renew(self, claim: Claim, seconds: float) -> bool:
        """Keep the lease for so many seconds from now."""
        return self._write(_RENEW, claim, seconds=seconds)

    def finish(self, claim: Claim) -> bool:
        """End it: done."""
        return self._write(_END, claim, state="done", error=None)

    def postpone(self, claim: Claim, until: datetime, error: str | None) -> bool:
        """Let it wait until then on its own clock; with no error its attempts count anew."""
        return self._write(_POSTPONE, claim, until=until, error=error)

    def give_up(self, claim: Claim, error: str) -> bool:
        """End it: nobody tries again."""
        return self._write(_END, claim, state="given-up", error=error)

    def plant(self, every: Mapping[str, timedelta]) -> int:
        """Write the periodic steps whose slot has come, each once whoever asks; return how many were new."""
        seconds = [pause.total_seconds() for pause in every.values()]
        with transaction(self._engine) as connection:
            return connection.execute(_PLANT, [list(every), seconds]).rowcount

    def due(self, most: int, quiet: timedelta) -> list[Due]:
        """Return what is to be sent now, the longest due first; the same is not returned again for a while."""
        with transaction(self._engine) as connection:
            return [Due(*row) for row in connection.execute(_DUE, {"most": most, "quiet": quiet})]

    def unsent(self, ids: Sequence[UUID]) -> None:
        """Take back that these were sent."""
        with transaction(self._engine) as connection:
            connection.execute(_UNSENT, [list(ids)])

    def forget(self, age: timedelta) -> int:
        """Delete the housekeeping that ended longer ago; return how many rows."""
        with transaction(self._engine) as connection:
            return connection.execute(_FORGET, [age]).rowcount

    def _write(self, statement: str, claim: Claim, **values: Any) -> bool:  # noqa: ANN401 - as many types as columns
        with transaction(self._engine) as connection:
            written = connection.execute(statement, {"id": claim.step.id, "fence": claim.fence, **values})
            return written.rowcount == 1
