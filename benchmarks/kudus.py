"""Kudus regency in a store: some hundred real applications of its nine kecamatan, copied as often as wanted."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import text

from consumers.acts import Act
from ektp.bootstrap import Parts
from ektp.config.timekeeping import timekeeper_on
from ektp.reading.overdue import OVERDUE
from ektp.repairing.desk import RepairDesk
from ektp.repairing.planning import Wish, planner_of
from ektp.repairing.selection import Selection
from ektp.storage.alerts.watch import PostgresAlertWatch
from ektp.storage.engine import transaction
from ektp.storage.people.audit import Chain
from ektp.storage.simulated_clock import begin_simulation, forget_simulated_clock, set_simulated_now
from ektp.storage.steps.tallies import fold_tallies
from schemas.places import districts_of
from schemas.submission import Door, Submission, read_line
from tests.histories import event, invented_nik
from tests.parking_town import PATCH
from workflows.watch import Limits

REGENCY: Final = "33.19"
AGES: Final = (40, 33, 26, 19, 12, 8, 5, 3, 2, 1)  # days before today on which a story begins
_CENTRE: Final = ("centre", "enrolment-progressed", {"attempt": 1, "status": "SENT_FOR_ENROLLMENT"})
_VERIFIED: Final = ("centre", "data-verified", {"attempt": 1})
_ALLOCATED: Final = ("warehouse", "blanko-allocated", {"office": REGENCY, "turn": 1})
_PRINTED: Final = ("printer1", "printed", {"printer": "printer1", "turn": 1})
_COLLECTED: Final = ("counter1", "collected", {"by": "self", "turn": 1})
_BAD: Final = ("centre", "verification-failed", {"attempt": 1, "status": "ENROLL_FAILURE_AT_CENTRAL"})
_DELETED: Final = ("centre", "central-record-deleted", {"attempt": 1, "reference": "DEL-1"})
#: What follows the recording, a working day each; and the part of all applications that ended in that way.
STORIES: Final[Sequence[tuple[float, Sequence[tuple[str, str, dict[str, Any]]]]]] = (
    (0.05, ()),
    (0.03, (_CENTRE,)),
    (0.02, (("centre", "verification-failed", {"attempt": 1, "status": "SEARCH_FAILURE_AT_CENTRAL"}),)),
    (0.02, (_BAD,)),
    (0.04, (_BAD, _DELETED)),
    (0.01, (("centre", "verification-failed", {"attempt": 1, "status": "ADJUDICATE_RECORD"}),)),
    (0.15, (_CENTRE, _VERIFIED)),
    (0.02, (_CENTRE, _VERIFIED, _ALLOCATED)),
    (0.08, (_CENTRE, _VERIFIED, _ALLOCATED, _PRINTED)),
    (0.55, (_CENTRE, _VERIFIED, _ALLOCATED, _PRINTED, _COLLECTED)),
    (0.03, (("counter1", "application-cancelled", {"because": "moved-away"}),)),
)
STOCK: Final[Sequence[tuple[str, dict[str, Any]]]] = (
    ("blanko-received", {"office": REGENCY, "delivery_note": "SJ-1", "first": "KD0000000001", "last": "KD0000005000"}),
    ("supplies-received", {"office": REGENCY, "document": "SJ-1", "supply": "ribbon", "count": 9}),
    ("outage-declared", {"from": "2026-01-05T08:00:00+07:00", "because": "the link is cut"}),
)
_OF_A_TURN: Final = frozenset({"blanko-allocated", "printed", "collected"})
_COPIES: Final = """
create temporary table copies as
select one.id as first, md5(one.id || ' ' || n)::uuid as id, n
from (select unnest(%s::uuid[]) as id, unnest(%s::int[]) as times) as one, generate_series(1, one.times) as n
"""
# Whatever columns a table has by now come along; what has to be another in a copy is said.
_COPY: Final = """
insert into {table} ({columns}) select {made} from {table} as row join copies on copies.first = row.{key}
cross join lateral jsonb_populate_record(row, jsonb_build_object({others})) as made order by made.{order}
"""
#: By table: by what a row belongs to an application, in which order the rows came, and what is another in a copy.
_OTHERS: Final = {
    "applications": ("id", "recorded", """
        'id', copies.id, 'resi', upper(substr(md5(copies.id || 'r'), 1, 14)), 'nik_key', '\\x' || md5(copies.id || 'n'),
        'due_at', row.due_at + copies.n % 1440 * interval '1 minute',
        'recorded', row.recorded - copies.n % 1440 * interval '1 minute',
        'since', row.since - copies.n % 1440 * interval '1 minute'"""),
    "history": ("application", "received", """
        'id', md5(row.id || ' ' || copies.n)::uuid, 'application', copies.id, 'subject', copies.id"""),
    "outbox": ("application", "created", """
        'id', md5(row.id || ' ' || copies.n)::uuid, 'application', copies.id,
        'created', row.created - interval '1 hour', 'sent', row.created - interval '1 hour'"""),
}  # fmt: skip
_COLUMNS: Final = """
select column_name from information_schema.columns
where table_schema = 'public' and table_name = %s and is_generated = 'NEVER' and is_identity = 'NO'
"""
_RECOUNTED: Final = """
delete from tallies where kind in ('state', 'overdue', 'stuck', 'event', 'deadline');
insert into tallies (office, kind, key, delta) select office, 'state', state, count(*) from applications group by 1, 3;
insert into tallies (office, kind, key, delta)
select office, 'overdue', state, count(*) from applications where {overdue} group by 1, 3
union all select office, 'stuck', situation, count(*) from applications where {overdue} group by 1, 3;
insert into tallies (office, kind, key, delta) select '', 'event', outcome, count(*) from history group by 3
union all select '', 'event', 'held', count(*) from held
union all select '', 'event', 'parked', count(*) from parked where state <> 'repaired';
insert into tallies (office, kind, key, delta) select '', 'deadline', data->>'deadline', count(*) from history
where type = 'id.ektp.deadline-passed.v1' and outcome = 'applied' group by 3
"""
_STATIONS: Final = """
insert into stations (name, role, office, token, secret, added_by)
select name, 'station', office, sha256(name::bytea), '', 'bench'
from unnest(%s::text[], %s::text[]) as one (name, office)
"""
_HEARD: Final = """
insert into sightings (station, office, last_contact, last_event, arrived)
select name, office, ektp_now() - interval '1 hour' * (row_number() over (order by name) % 50), ektp_now(),
    int8multirange(int8range(1, 10000)) from stations where office like '33.19%'
"""
_MORE_ALERTS: Final = """
insert into alerts (rule, about, station, office, detail, opened, seen, resolved)
select rule, about || n, station, office, detail, opened - n * interval '1 hour', seen, opened from
(select * from alerts order by id limit 20) as one, generate_series(1, %s) as n
"""


class Kudus:
    """A store that is filled step by step; `offices` are its kecamatan."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.offices = [district.code for district in districts_of(REGENCY)]
        self._journal = parts.journal()
        self._parts_of: dict[UUID, float] = {}

    def live(self, today: datetime) -> None:
        """Let every story happen in every kecamatan at every age, by a simulated clock that passes what is due."""
        engine = self.parts.engine
        begin_simulation(engine, today - timedelta(days=max(AGES) + 1))
        timekeeper = timekeeper_on(engine, self.parts.journal, self.parts.keeping)
        coming = sorted(self._stories(today), key=lambda one: one[0])
        for day in range(max(AGES), -1, -1):
            until = today - timedelta(days=day)
            set_simulated_now(engine, until)
            self._journal.apply([one for moment, one in coming if until - timedelta(days=1) < moment <= until])
            timekeeper.sweep()
        forget_simulated_clock(engine)

    def grow(self, applications: int) -> None:
        """Copy each application with its history and its letters, until there are so many; count them anew."""
        times = [max(1, round(part * applications) - 1) for part in self._parts_of.values()]
        with transaction(self.parts.engine) as connection:
            connection.execute("set local statement_timeout = 0")
            connection.execute(_COPIES, [list(self._parts_of), times])
            connection.execute("analyze copies")
            for table, (key, order, others) in _OTHERS.items():
                known = [row[0] for row in connection.execute(_COLUMNS, [table])]
                columns, made = ", ".join(known), ", ".join(f"made.{name}" for name in known)
                names = {"table": table, "key": key, "order": order, "others": others}
                connection.execute(_COPY.format(columns=columns, made=made, **names))
            for statement in _RECOUNTED.format(overdue=OVERDUE).split(";"):
                connection.execute(statement)

    def park(self, items: int) -> None:
        """Let so many messages of its stations be parked, for a handful of causes; the same ones for most of them."""
        for first in range(0, items, 500):
            self._journal.apply([self._misspelt(number) for number in range(first, min(first + 500, items))])

    def furnish(self, acts: int, alerts: int) -> None:
        """Add stations that were heard, stock, an outage, alerts, so many acts in the audit, and three repairs."""
        engine, chain = self.parts.engine, Chain(self.parts.keyring.audit_key)
        names, places = zip(*self._stations(), strict=True)
        with transaction(engine) as connection:
            connection.execute(_STATIONS, [list(names), list(places)])
            connection.execute(_HEARD)
        self._journal.apply([_said(event(REGENCY, name, station="warehouse", **data)) for name, data in STOCK])
        watch = PostgresAlertWatch(engine, self.parts.keeping, Limits(), lambda _year: True)
        watch.watch()
        watch.recount()
        with transaction(engine) as connection:
            connection.execute(_MORE_ALERTS, [alerts // 20])
            chain.append(connection, *(Act(f"person{n % 40}", "item-discarded", str(uuid4())) for n in range(acts)))
        patch, planner = json.dumps(PATCH).encode(), planner_of(self.parts)
        planned = [
            planner.plan(Wish(Selection(reason="bad-data", office=office), "maker", "bench", "patch", patch))
            for office in self.offices[:3]
        ]
        desk = RepairDesk(engine, chain)
        for one in planned[1:]:
            desk.approve(one, "checker")
        desk.run(planned[-1], "maker")  # and nobody is there who would

    def settle(self) -> None:
        """Do what relays, housekeeping and autovacuum would have done by now."""
        with self.parts.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("set statement_timeout = 0"))
            connection.execute(text("update outbox set sent = created where sent is null"))
            fold_tallies(self.parts.engine)
            connection.execute(text("vacuum analyze"))

    def _stations(self) -> Iterator[tuple[str, str]]:
        for office in self.offices:
            yield from ((f"st{office.replace('.', '')}{number}", office) for number in range(1, 5))

    def _stories(self, today: datetime) -> Iterator[tuple[datetime, Submission]]:
        number = 0
        for part, story in STORIES:
            for office in self.offices:
                for age in AGES:
                    number += 1
                    application, moment = uuid4(), today - timedelta(days=age, minutes=number % 300)
                    self._parts_of[application] = part / len(self.offices) / len(AGES)
                    first = {"nik": invented_nik(number), "office": office, "attempt": 1, "channel": "kecamatan",
                             "reason": "first", "enrolment": f"E-{number}", "kelurahan": "Contoh"}  # fmt: skip
                    for station, name, data in (("st3319", "recorded", first), *story):
                        more = {**data, "blanko": f"BL{number:010d}"} if name in _OF_A_TURN else data
                        if moment <= today:
                            yield moment, _said(event(application, name, station=station, at=moment, **more))
                        moment += timedelta(days=1)

    def _misspelt(self, number: int) -> Submission:
        """Return a message that is parked: three of four for a cause that one patch mends."""
        stations = [*self._stations()]
        station, office = stations[number % len(stations)]
        data: dict[str, Any] = {
            "nik": invented_nik(number), "office": office, "attempt": 1, "channel": "kecamatn", "reason": "first",
            "enrolment": f"E-{number}",
        }  # fmt: skip
        if number % 4 == 0:
            data["channel"] = "kecamatan"
            data[("office", "reason", "attempt", "enrolment")[number // 4 % 4]] = "?" * (1 + number // 16 % 70)
        return _said(event(uuid4(), "recorded", station=station, **data))


def _said(told: dict[str, Any]) -> Submission:
    return read_line(json.dumps(told).encode(), door=Door.AMQP, sender=told["source"].rpartition("/")[2])
