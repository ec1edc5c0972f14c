"""Events as a station makes them, and whole ones that a program of its own has made, on their way into the spool."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from ektp.station.enrolment import Enrolment
from ektp.station.parcels import Entry
from ektp.station.spool import Pen, Spool
from schemas.errors import Refused
from schemas.events import AnyEvent
from schemas.places import is_office
from schemas.reasons import Reason
from schemas.roles import covers
from schemas.submission import Door, read_line
from schemas.wire_json import read_object
from schemas.zones import offset_of
from workflows.resi import application_of, resi_of


class Kept(NamedTuple):
    """One event that is in the spool; `again` where it was there before."""

    id: str
    subject: str
    sequence: int
    again: bool = False

    def told(self) -> dict[str, Any]:
        """Give what a station shows of a recording."""
        return {
            "application": self.subject,
            "resi": resi_of(UUID(self.subject)),
            "id": self.id,
            "sequence": self.sequence,
        }


class Recordings:
    """Write a station's events into its spool: what cannot be is refused before, with its reason."""

    def __init__(self, spool: Spool, enrolment: Enrolment) -> None:
        self._spool, self._me = spool, enrolment
        self._zone = timezone(offset_of(enrolment.office))

    def record(
        self, recordings: Sequence[Mapping[str, Any]], now: datetime, application: UUID | None = None
    ) -> list[Kept]:
        """Keep recordings, given as the data of `recorded`, all of them or none.

        A first attempt gets an application whose resi begins with the station's mark; a later one names its own.
        Raises Refused, with the place of the recording among those given in `detail` where there are several.
        """
        events = [self._recorded(data, now, application) for data in recordings]
        kept = list[Kept]()
        with self._spool.writing() as pen:
            for number, wire in enumerate(events, 1):
                try:
                    kept.append(self._keep(pen, wire, now))
                except Refused as refused:
                    where = f"recording {number}: " if len(events) > 1 else ""
                    raise Refused(refused.reason, where + refused.detail) from None
        return kept

    def publish(self, lines: Iterable[tuple[int, bytes]], now: datetime) -> Iterator[tuple[int, Kept | Refused]]:
        """Keep whole events, each of them good or refused by itself; yield what became of each once all are kept."""
        became = list[tuple[int, Kept | Refused]]()
        with self._spool.writing() as pen:
            for number, line in lines:
                try:
                    became.append((number, self._published(pen, line, now)))
                except Refused as refused:
                    became.append((number, refused))
        yield from became

    def close_day(self, day: date, now: datetime) -> tuple[Kept, int]:
        """Keep `station-day-closed` with what was recorded on that day; return it and the count. Raises Refused."""
        with self._spool.writing() as pen:
            count = self._spool.count("name = 'recorded' and day = ?", day.isoformat())
            until = self._spool.ask("select max(sequence) from events where day <= ?", day.isoformat())[0][0]
            last = pen.last_sequence() if until is None else until
            data = {"date": day.isoformat(), "count": count, "last_sequence": str(last)}
            return self._keep(pen, self._event("station-day-closed", self._me.station, now, data), now), count

    def today(self, now: datetime) -> date:
        """Return the date at the station's office."""
        return now.astimezone(self._zone).date()

    def _recorded(self, data: Mapping[str, Any], now: datetime, application: UUID | None) -> dict[str, Any]:
        told = {"attempt": 1, **data}
        if "office" not in told and is_office(self._me.office):
            told["office"] = self._me.office
        if application is None and told["attempt"] != 1:
            raise Refused(Reason.BAD_DATA, "a later attempt needs --application with the UUID of the first")
        subject = application or application_of(self._me.station, uuid4())
        return self._event("recorded", str(subject), now, told)

    def _event(self, name: str, subject: str, now: datetime, data: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "specversion": "1.0",
            "id": str(uuid4()),
            "source": self._me.source,
            "type": f"id.ektp.{name}.v1",
            "subject": subject,
            "time": now.astimezone(self._zone).isoformat(timespec="milliseconds"),
            "datacontenttype": "application/json",
            "data": data,
        }

    def _published(self, pen: Pen, line: bytes, now: datetime) -> Kept:
        event = self._own(line)
        known = pen.body_of(str(event.id))
        if known is None:
            return self._keep(pen, read_object(line.strip()), now, line.strip() if event.sequence else None)
        before, given = read_object(known), read_object(line.strip())
        number = int(before["sequence"])
        if {**given, "sequence": before["sequence"]} != before:
            raise Refused(Reason.ID_REUSED, "the spool holds another event of this id")
        return Kept(str(event.id), str(event.subject), number, again=True)

    def _keep(self, pen: Pen, wire: dict[str, Any], now: datetime, body: bytes | None = None) -> Kept:
        """Give it the next number unless its bytes are given, look at it once more as the centre will, and write it."""
        if body is None:
            wire = {**wire, "sequence": str(pen.last_sequence() + 1)}
            body = json.dumps(wire, ensure_ascii=False, separators=(",", ":")).encode()
        event = self._own(body)
        sequence = int(event.sequence or 0)
        day = event.time.astimezone(self._zone).date().isoformat()
        pen.keep(Entry(str(event.id), event.name, event.time.timestamp(), day, body, sequence), now.timestamp())
        return Kept(str(event.id), str(event.subject), sequence)

    def _own(self, line: bytes) -> AnyEvent:
        """Read an event as the centre will. Raises Refused, also for what is not this station's to say."""
        read = read_line(line, door=Door.AMQP, sender=self._me.station)
        if read.event is None:
            assert read.refusal is not None
            raise Refused(read.refusal.reason, read.refusal.detail)
        event = read.event
        if event.source != self._me.source:
            raise Refused(Reason.SENDER_NOT_ALLOWED, f"the source must be {self._me.source}")
        if event.name not in self._me.says:
            raise Refused(Reason.SENDER_NOT_ALLOWED, f"a {self._me.role} does not say {event.name}")
        office = getattr(event.data, "office", None)
        if office is not None and not covers(self._me.office, office):
            raise Refused(Reason.SENDER_NOT_ALLOWED, f"the office must lie in {self._me.office}")
        return event


def day_of(text: str, today: date) -> date:
    """Read the date of a day that can still be counted: today or one of the 28 days before. Raises ValueError."""
    day = date.fromisoformat(text)
    if not today - timedelta(days=28) <= day <= today:
        raise ValueError
    return day
