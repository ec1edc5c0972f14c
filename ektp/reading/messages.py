"""The messages to residents as people see them: what was told when, over what; never to which address."""

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, RowMapping, func, select, text

from ektp.reading.errors import Unknown
from ektp.reading.moments import written
from ektp.reading.scope import EVERYWHERE, Offices, lying_in, named, require_inside
from schemas.upcasting import types_of
from workflows.messages import BY_HAND, OVER, MessageState

#: How far back the counts reach: with years of messages, all of them would say little.
DAYS: Final = 30
_HAND: Final = ", ".join(f"'{state}'" for state in BY_HAND)
_COLUMNS: Final = (
    "m.id, m.application, a.resi, m.fact, m.notice, m.sequence, m.office, m.state, m.because, m.channel, m.language,"
    " m.at, m.deadline, m.planned, m.sent, m.held_until, m.tries, m.ended"
)
_INSIDE: Final = lying_in("m.office")
#: What a list can be narrowed to. Only what is asked for is in the query: it has an index, "or nothing was asked" none.
_NARROWED: Final = {
    "state": "m.state = :state",
    "notice": "m.notice = :notice",
    "application": "m.application = :application",
}
_FOUND: Final = f"""
select {_COLUMNS} from messages m left join applications a on a.id = m.application
where {_INSIDE} {{narrowed}}
order by m.planned desc, m.sequence desc, m.id limit :most
"""  # noqa: S608 - constants of ours
_ONE: Final = text(
    f"select {_COLUMNS} from messages m left join applications a on a.id = m.application where m.id = :id"  # noqa: S608
)
# Those of the last days, and of those from before the ones that are open: few, with an index of their own.
_COUNTS: Final = text(f"""
with since as materialized (select ektp_now() - make_interval(days => :days) as moment)
select m.notice, coalesce(m.channel, '') as channel, m.state, count(*)::int as count, 0 as held, 0 as late
from messages m where {_INSIDE} and m.planned > (select moment from since) group by 1, 2, 3
union all
select m.notice, coalesce(m.channel, ''), m.state, count(*) filter (where m.planned <= since.moment)::int,
    count(*) filter (where m.held_until > ektp_now())::int, count(*) filter (where m.deadline < ektp_now())::int
from messages m, since where {_INSIDE} and m.state in ('planned', 'sending') group by 1, 2, 3 order by 1, 2, 3
""")  # noqa: S608
# The last word about an application that is still open: whoever was told since, or has the card, is told no more. The
# newest are looked at first, and the kelurahan only of those that are told.
_BY_HAND: Final = text(f"""
select found.*, (
    select h.data->>'kelurahan' from history h where h.application = found.application
    and h.type = any(:recorded) and h.data->>'kelurahan' is not null order by h.version desc limit 1
) as kelurahan
from (
    select m.office, a.resi, m.notice, m.state, m.at, m.application
    from messages m join applications a on a.id = m.application
    where {_INSIDE} and m.state in ({_HAND}) and m.because is distinct from '{OVER}'
    and a.state not in ('collected', 'cancelled')
    and not exists (select from messages later where later.application = m.application
        and (later.at, coalesce(later.sequence, 0), later.id) > (m.at, coalesce(m.sequence, 0), m.id)
        and later.state in ({_HAND}, 'sent', 'planned'))
    order by m.at desc limit :newest
) as found order by office, kelurahan nulls last, at
""")  # noqa: S608


def messages(  # noqa: PLR0913 - a list has that many filters
    connection: Connection,
    offices: Offices = EVERYWHERE,
    *,
    state: str | None = None,
    notice: str | None = None,
    application: UUID | None = None,
    most: int = 50,
) -> list[dict[str, Any]]:
    """Return messages of these offices, the latest first."""
    values = {"state": state, "notice": notice, "application": application}
    narrowed = " ".join(f"and {condition}" for name, condition in _NARROWED.items() if values[name])
    found = connection.execute(text(_FOUND.format(narrowed=narrowed)), {**values, "most": most, **named(offices)})
    return [_told(row) for row in found.mappings()]


def message(connection: Connection, id_: UUID, offices: Offices = EVERYWHERE) -> dict[str, Any]:
    """Return one message. Raises Unknown."""
    row = connection.execute(_ONE, {"id": id_}).mappings().one_or_none()
    if row is None:
        raise Unknown("message", str(id_))
    require_inside(offices, row["office"], "message", str(id_))
    return _told(row)


def counts(connection: Connection, offices: Offices = EVERYWHERE) -> dict[str, Any]:
    """Return how many messages there are by state, notice and channel, of the last days and of those still open.

    `at` is the moment of it. It costs what the last days have: a million messages two seconds.
    """
    found: dict[str, Any] = {"state": dict.fromkeys(map(str, MessageState), 0), "notice": {}, "channel": {}}
    found |= {"held": 0, "late": 0, "days": DAYS, "at": written(connection.scalars(select(func.ektp_now())).one())}
    for row in connection.execute(_COUNTS, {"days": DAYS, **named(offices)}):
        found["state"][row.state] += row.count
        for kind, key in (("notice", row.notice), ("channel", row.channel)):
            if key:
                by_state = found[kind].setdefault(key, dict.fromkeys(map(str, MessageState), 0))
                by_state[row.state] += row.count
        found["held"] += row.held
        found["late"] += row.late
    return found


def by_hand(
    connection: Connection, offices: Offices = EVERYWHERE, newest: int | None = None
) -> Iterator[dict[str, Any]]:
    """Yield who could not be told, by office and kelurahan: resi, which notice, why; never a name.

    With `newest` only so many, of whom it was known last.
    """
    for row in connection.execute(
        _BY_HAND, {"newest": newest, "recorded": types_of("recorded"), **named(offices)}
    ).mappings():
        yield {**row, "application": str(row["application"]), "at": written(row["at"])}


def _told(row: RowMapping) -> dict[str, Any]:
    moments = ("at", "deadline", "planned", "sent", "held_until", "ended")
    ids = ("id", "application", "fact")
    return {
        "message" if name == "id" else name: written(value) if name in moments else str(value) if name in ids else value
        for name, value in row.items()
    }
