"""Where everybody waits for a blanko, in PostgreSQL."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy import Engine

from consumers.places import Placed
from ektp.storage.engine import transaction
from ektp.storage.journal.standings import read_standing
from ektp.storage.journal.timers import read_timers
from workflows.print_queue import Lane, Place

_RULES: Final = "select rules from queue_rules"
_NOTE: Final = "insert into queue_rules (rules) values (%s) on conflict (one) do update set rules = excluded.rules"
_PAGE: Final = """
select id, version, standing::text, recorded, timers::text, prints_at, lane, queued, not_before from applications
where state = 'verified' and id > %s order by id limit %s
"""
_MOVE: Final = """
update applications set prints_at = new.prints_at, lane = new.lane, queued = new.queued, not_before = new.not_before
from unnest(%s::uuid[], %s::int[], %s::text[], %s::text[], %s::timestamptz[], %s::date[])
    as new (id, version, prints_at, lane, queued, not_before)
where applications.id = new.id and applications.version = new.version
"""


class PostgresPlaces:
    """The places behind their port."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def rules(self) -> str:
        """Return the digest of the rules by which all were placed last; empty for none."""
        with transaction(self._engine) as connection:
            row = connection.execute(_RULES).fetchone()
        return row[0] if row else ""

    def note(self, rules: str) -> None:
        """Remember the rules that hold now."""
        with transaction(self._engine) as connection:
            connection.execute(_NOTE, [rules])

    def page(self, after: UUID | None, most: int) -> Sequence[Placed]:
        """Return those that wait behind this one, by id."""
        with transaction(self._engine) as connection:
            rows = connection.execute(_PAGE, [after or UUID(int=0), most]).fetchall()
        return [
            Placed(identity, version, read_standing(from_json(standing)), recorded, read_timers(from_json(timers)),
                   Place(prints_at, Lane(lane), *moments))
            for identity, version, standing, recorded, timers, prints_at, lane, *moments in rows
        ]  # fmt: skip

    def move(self, moved: Sequence[tuple[UUID, int, Place]]) -> None:
        """Give them their new places; whoever has changed since was placed by that change."""
        if not moved:
            return
        rows = [(identity, version, *place) for identity, version, place in moved]
        with transaction(self._engine) as connection:
            connection.execute(_MOVE, [list(column) for column in zip(*rows, strict=True)])
