"""A station of the tests with its watch: it records, closes its day, and is looked at."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Engine, text

from consumers.front_door import submission_of
from consumers.journal import Journal
from consumers.ports import Message
from ektp.storage.simulated_clock import begin_simulation, set_simulated_now
from ektp.storage.stations.sightings import PostgresSightings
from ektp.storage.stations.watching import PostgresStationWatch
from tests.histories import History, event
from tests.plain_time import PLAIN
from workflows.stations import Thresholds

STATION: Final = "st337410"
#: Monday, 12 February 2018, 08:00 in Semarang.
MORNING: Final = datetime(2018, 2, 12, 1, tzinfo=UTC)


@dataclass
class StationTown:
    """A journal, what remembers the sightings, and the watch, by a clock that stands until it is set."""

    engine: Engine
    journal: Journal
    limits: Thresholds = field(default_factory=Thresholds)
    now: datetime = MORNING

    def __post_init__(self) -> None:
        begin_simulation(self.engine, self.now)
        self.sightings = PostgresSightings(self.engine)
        self.watch = PostgresStationWatch(self.engine, PLAIN, self.limits).watch

    def later(self, **gone: float) -> None:
        """Let time go by."""
        self.now += timedelta(**gone)
        set_simulated_now(self.engine, self.now)

    def register(self, name: str = STATION, role: str = "station", office: str = "33.74.10", **more: Any) -> None:
        """Make an account, as it would have been made now."""
        values = {"name": name, "role": role, "office": office, "token": name.encode(), "secret": b"s",
                  "added_by": "operator", "added": self.now, **more}  # fmt: skip
        columns = ", ".join(values)
        with self.engine.begin() as connection:
            named = ", ".join(f":{column}" for column in values)
            connection.execute(text(f"insert into stations ({columns}) values ({named})"), values)

    def recorded(self, number: int, station: str = STATION) -> dict[str, Any]:
        """Return a recording with this running number, made now."""
        wire = History().recorded().events[0]
        return {**wire, "source": f"/stations/{station}", "time": self.now.isoformat(), "sequence": str(number)}

    def closed(self, count: int, last: int, station: str = STATION, at: datetime | None = None) -> dict[str, Any]:
        """Return the word that the station closed its day."""
        moment = at or self.now
        told = {"date": moment.date().isoformat(), "count": count, "last_sequence": str(last)}
        return event(station, "station-day-closed", station=station, at=moment, **told)

    def send(self, *events: dict[str, Any], late: bool = False, **headers: object) -> list[str]:
        """Let the events be taken in as the intake does; return what became of each."""
        messages = [message(one, late=late, headers=headers) for one in events]
        submissions = [submission_of(one) for one in messages]
        outcomes = self.journal.apply(submissions)
        self.sightings.note(messages, submissions)
        return [outcome.outcome.value for outcome in outcomes]

    def open_alerts(self) -> set[tuple[str, str]]:
        """Return rule and thing of every open alert."""
        with self.engine.connect() as connection:
            rows = connection.execute(text("select rule, about from alerts where resolved is null"))
            return {(rule, about) for rule, about in rows}

    def letters(self, word: str) -> list[dict[str, Any]]:
        """Return what left under this name, in order."""
        question = "select body from outbox where routing_key like :key order by seq"
        with self.engine.connect() as connection:
            return [json.loads(body) for (body,) in connection.execute(text(question), {"key": f"{word}.%"})]


def message(wire: dict[str, Any], *, late: bool = False, headers: dict[str, object] | None = None) -> Message:
    """Return an event as the broker would deliver it."""
    name, station = wire["type"].split(".")[2], wire["source"].rpartition("/")[2]
    named = {key.replace("_", "-"): value for key, value in (headers or {}).items()}
    key = f"{name}.{station}{'.late' if late else ''}"
    return Message(json.dumps(wire).encode(), "application/cloudevents+json", None, named, key, None, 0, False, 1)


Journals = Callable[[], Journal]
Events = Sequence[dict[str, Any]]
