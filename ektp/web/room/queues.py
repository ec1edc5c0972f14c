"""The queues in words: what waits, how fast it moves, who reads it, how long an event takes to be known."""

from collections.abc import Iterator
from typing import Any, Final

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.responses import Response

from ektp.broker.topology import STEPS_QUEUE
from ektp.reading.queues import Sight, crew, critical_time, letters_a_minute, outbox, sights, steps_due
from ektp.web.room.page_route import PageRoute
from ektp.web.room.seat import Seat, Seated
from ektp.web.screen import language_of
from ektp.web.web import web_of
from ektp.web.words import WORDS, Language, decimal, number

router = APIRouter(include_in_schema=False, route_class=PageRoute)
STALE: Final = 120.0  # seconds after which nobody looks any more
_SPANS: Final = ((2 * 86_400, 86_400, "days"), (2 * 3600, 3600, "hours"), (120, 60, "minutes"), (0, 1, "seconds"))


@router.get("/queues")
def queues(seat: Seated) -> Response:
    """Show the queues."""
    return seat.drawn("room/queues.html", **_told(seat))


@router.get("/queues/now")
def now(seat: Seated) -> Response:
    """Give the moving part of the page, for a page that asks again and again."""
    return seat.drawn("room/queues_now.html", **_told(seat))


class Speech:
    """The sentences, in a language."""

    def __init__(self, language: Language) -> None:
        self._language: Language = language

    def words(self, name: str, *values: str) -> str:
        """Return the words of this page, with values put in."""
        return WORDS[self._language][f"queues-{name}"].format(*values)

    def count(self, count: int) -> str:
        """Write a count."""
        return number(count, self._language)

    def span(self, seconds: float) -> str:
        """Write how long something takes, in the unit one would use."""
        at_least, unit, name = next(one for one in _SPANS if seconds >= one[0])
        return self.words(
            name, self.count(round(seconds / unit)) if at_least or seconds >= 1 else decimal(seconds, self._language)
        )

    def queue(self, sight: Sight) -> str:
        """Say how a queue stands; what nobody knows is said to be unknown."""
        name = WORDS[self._language].get(f"queues-{sight.queue}", sight.queue)
        return f"{name}: {', '.join(self._parts(sight))}."

    def _parts(self, sight: Sight) -> Iterator[str]:
        yield self.words("waiting", self.count(sight.ready))
        yield self._rate("out", sight.went)
        yield self._rate("in", sight.came)
        if sight.empty_in is not None:
            yield self.words("empty-in", self.span(sight.empty_in))
        elif sight.ready:
            yield self.words("grown-unknown" if sight.grown is None else "not-shorter")
        yield self.words("readers", self.count(sight.consumers)) if sight.consumers else self.words("no-reader")
        if sight.again is None:
            yield self.words("again-unknown")
        elif sight.again:
            yield self.words("again", self.count(sight.again), self.span(sight.span or 0))
        if sight.ready:
            yield self.words("age-unknown")

    def _rate(self, way: str, rate: float | None) -> str:
        if rate is None:
            return self.words(f"{way}-unknown")
        return self.words(way, self.count(round(rate)) if rate >= 10 or rate == 0 else decimal(rate, self._language))

    def outbox(self, told: dict[str, Any], rates: tuple[int | None, int | None]) -> str:
        """Say what waits to leave, and how much was written and left in the last minute."""
        parts = [self.words("waiting", self.count(told["pending"]))]
        if told["oldest_age"] is not None:
            parts.append(self.words("oldest", self.span(told["oldest_age"])))
        names = ("written", "sent")
        for name, count in zip(names, rates, strict=True):
            parts.append(self.words(f"{name}-unknown") if count is None else self.words(name, self.count(count)))
        return f"{self.words('outbox')}: {', '.join(parts)}."

    def critical(self, told: tuple[int, float | None, float | None]) -> str:
        """Say how long it took from an event to its being known here."""
        count, median, most = told
        if median is None or most is None:
            return self.words("critical-none")
        return self.words("critical", self.count(count), self.span(max(median, 0)), self.span(max(most, 0)))

    def crew(self, told: dict[str, Any], workers: int | None) -> list[str]:
        """Say who works."""
        relays, beat = told["relays"], told["beat"]
        return [
            self.words("workers-unknown") if workers is None else self._there("workers", workers),
            self._there("relays", relays),
            self.words("beat-never") if beat is None else self.words("beat", self.span(max(beat, 0))),
        ]

    def _there(self, name: str, count: int) -> str:
        return self.words(name, self.count(count)) if count else self.words(f"no-{name}")


def _told(seat: Seat) -> dict[str, Any]:
    speech = Speech(language_of(seat.request))
    with web_of(seat.request).snapshot() as connection:
        return _said(connection, speech)


def _said(connection: Connection, speech: Speech) -> dict[str, Any]:
    seen, due = sights(connection), steps_due(connection)
    age = min((one.age for one in seen.values()), default=None)
    steps = seen.get(STEPS_QUEUE)
    return {
        "sentences": [(one.queue, speech.queue(one), one) for one in seen.values()],
        "looked": None if age is None else speech.span(age),
        "stale": age is None or age > STALE,
        "outbox": speech.outbox(outbox(connection), letters_a_minute(connection)),
        "critical": speech.critical(critical_time(connection)),
        "crew": speech.crew(crew(connection), None if steps is None else steps.consumers),
        "steps": [{**one, "late": None if one["late"] is None else speech.span(one["late"])} for one in due],
    }
