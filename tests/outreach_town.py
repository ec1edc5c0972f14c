"""A regency whose residents wait to be visited, on a store: who waits, what is planned, who was told."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Engine, text

from consumers.outcome import Outcome
from ektp.bootstrap import Parts
from ektp.outreach import planner_on
from ektp.storage.alerts.sights import read_sights
from ektp.storage.engine import transaction
from ektp.storage.outreach_store import visit_of
from schemas.submission import Submission
from tests.histories import History, said
from workflows.alert_rules import UNHELD, VISITS
from workflows.stations import Finding
from workflows.visits import Booked, planned_data
from workflows.watch import Limits, Seen, found

REGENCY: Final = "33.74"
KECAMATAN: Final = "33.74.10"


class OutreachTown:
    """Semarang on one store, with the parts that a process has."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.engine: Engine = parts.engine
        self._journal = parts.journal()

    def tell(self, *submissions: Submission) -> Sequence[Outcome]:
        """Let the journal take it in."""
        return self._journal.apply(submissions)

    def say(self, name: str, subject: UUID | str, **data: Any) -> Outcome:
        """Say one event of now, as an operator would."""
        (outcome,) = self.tell(said(subject, name, **data))
        return outcome

    def must_come_again(self, kelurahan: str | None = "Sendangmulyo", office: str = KECAMATAN) -> History:
        """Let a resident wait to be recorded again."""
        history = self.recorded(kelurahan, office)
        return self._told(history.failed("ENROLL_FAILURE_AT_CENTRAL").deleted(), 1)

    def has_a_card(self, kelurahan: str | None = "Sendangmulyo", office: str = KECAMATAN, days: int = 60) -> History:
        """Let a card lie at the office for so many days."""
        history = self._told(self.recorded(kelurahan, office).verified().allocated().printed(), 1)
        moved = text("update applications set since = since - make_interval(days => :days) where id = :id")
        with self.engine.begin() as connection:
            connection.execute(moved, {"days": days, "id": history.application})
        return history

    @staticmethod
    def recorded(kelurahan: str | None, office: str) -> History:
        """Return somebody who was recorded."""
        history = History().recorded()
        history.events[0]["data"] |= {"office": office, **({"kelurahan": kelurahan} if kelurahan else {})}
        return history

    def asks(self, category: str = "disabled", count: int = 1, **data: Any) -> UUID:
        """Let somebody ask for a visit."""
        request = uuid4()
        usual = {"office": KECAMATAN, "kelurahan": "Sendangmulyo", "category": category, "count": count}
        assert self.say("visit-requested", request, **{**usual, **data}).outcome == "applied"
        return request

    def plan(self) -> Sequence[Submission]:
        """Plan the regency's visits now."""
        return planner_on(self.parts).plan_office(REGENCY)

    def visits(self, state: str | None = None) -> list[Booked]:
        """Return the visits there are."""
        with transaction(self.engine) as connection:
            rows = connection.execute("select id, state from visits order by day, kit").fetchall()
            found = [visit_of(connection, row[0]) for row in rows if state in (None, row[1])]
        return [one for one in found if one is not None]

    def promise(self, visit: Booked) -> Outcome:
        """Let the visit be planned, as an operator says it."""
        return self.say("visit-planned", visit.id, **planned_data(visit))

    def left(self) -> list[Mapping[str, Any]]:
        """Return who still waits by the last plan."""
        with self.engine.connect() as connection:
            found: list[Mapping[str, Any]] = connection.execute(text("select waiting from outreach_plans")).scalar_one()
            return found

    def notices(self, application: UUID) -> list[tuple[str, Mapping[str, Any]]]:
        """Return the names and data of what somebody was told, and check that the numbers have no gap."""
        question = text(
            "select routing_key, body from outbox where application = :id and exchange = 'ektp.notices' order by seq"
        )
        with self.engine.connect() as connection:
            rows = connection.execute(question, {"id": application}).fetchall()
        told = [(key.partition(".")[0], json.loads(body)) for key, body in rows]
        assert [int(one["sequence"]) for _, one in told] == list(range(1, len(told) + 1))
        return [(name, one["data"]) for name, one in told]

    def findings(self) -> list[Finding]:
        """Return what the watch finds about visits."""
        with transaction(self.engine) as connection:
            sights = read_sights(connection)
        seen = Seen(datetime.now(UTC), **sights)
        return [one for one in found(seen, self.parts.keeping.policy, Limits()) if one.rule in (VISITS, UNHELD)]

    def _told(self, history: History, attempt: int) -> History:
        outcomes = self.tell(*history.submissions())
        assert {one.outcome for one in outcomes} == {"applied"}, outcomes
        return history
