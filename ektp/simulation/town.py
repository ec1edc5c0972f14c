"""What everybody in the city shares: the days, the agenda, the people, chance, and a way to put things."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, NamedTuple

from ektp.simulation.agenda import Agenda, Saying, Work
from ektp.simulation.chance import Chance
from ektp.simulation.people import People
from ektp.simulation.scenarios import Scenario
from ektp.simulation.troubles import Trouble
from ektp.simulation.working_days import WorkingDays
from schemas.places import districts_of

_FIRST: Final = 30  # minutes after an outage in which nothing is done yet
_HURRY: Final = 0.3  # of the time that was lost: so fast the rest is done then


class Window(NamedTuple):
    """From when until when something does not work."""

    since: datetime
    until: datetime

    def __contains__(self, moment: object) -> bool:
        return isinstance(moment, datetime) and self.since <= moment < self.until


class Town:
    """One run of one scenario; `now` is the moment of the act that is being done, or the end of the slot just lived."""

    def __init__(self, scenario: Scenario, seed: int, run: int = 0) -> None:
        self.scenario = scenario
        self.run = run
        self.chance = Chance(seed, run)
        self.days = WorkingDays(scenario.holidays)
        self.agenda = Agenda()
        self.people = People(self.chance, run, adult=scenario.start)
        self.offices = tuple(place.code for place in districts_of(scenario.regency))
        self.start = self.days.first(scenario.start)
        self.now = self.days.at(self.start)
        self.troubles: dict[str, Trouble] = {}  #: What went wrong first with an application, as only the city knows.
        self.down = self._down()  #: When the centre does not work.
        self.silenced: Window | None = None  #: When it says nothing because somebody has silenced it.
        self._said: Counter[str] = Counter()

    def on_day(self, number: int, minute: int = 0) -> datetime:
        """Return a moment of the scenario's working day of this number, the first being 0."""
        return self.days.at(self.days.after(self.start, number), minute)

    @property
    def end(self) -> datetime:
        """The moment from which on nobody looks any more, whoever waits."""
        return self.on_day(self.scenario.days + self.scenario.watch)

    @property
    def watches(self) -> bool:
        """Whether somebody still waits, and the city lives on to see what becomes of it."""
        return self.now < self.end and len(self.people.gone) < len(self.people)

    @property
    def by_weeks(self) -> bool:
        """Whether little enough happens for a whole week to be one slot."""
        until = self.scenario.weekly_until
        return until is not None and self.days.later(self.now, 1).date() < until

    def note(self, application: str, trouble: Trouble) -> None:
        """Remember what went wrong with an application first; a wait for the centre is the least of it."""
        if self.troubles.get(application, Trouble.OUTAGE) is Trouble.OUTAGE:
            self.troubles[application] = trouble

    def in_days(self, days: int, *about: object) -> datetime:
        """Return some moment of the day so many working days from now, later than now; *about* keys the draw."""
        if days == 0:
            return self.days.later(self.now, self.chance.between(5, 120, *about, "minutes"))
        day = self.days.after(self.now.date(), days)
        return self.days.at(day, self.chance.between(5, self.days.minutes - 20, *about, "minute"))

    def in_minutes(self, minutes: int) -> datetime:
        """Return the moment so many working minutes from now."""
        return self.days.later(self.now, minutes)

    def when_up(self, moment: datetime) -> datetime:
        """Return the moment, or while the centre is down one after that: what was left undone is done in its order."""
        for window in (self.down, self.silenced):
            if window is not None and moment in window:
                lost = self.days.between(window.since, moment)
                moment = self.days.later(window.until, _FIRST + int(lost * _HURRY))
        return moment

    def _down(self) -> Window | None:
        outage = self.scenario.outage
        return None if outage is None else Window(self.on_day(outage.day), self.on_day(outage.day + outage.days))

    def plan(self, moment: datetime, subject: str, work: Work, concerns: Iterable[str] = ()) -> None:
        """Let *work* be done at *moment*, or at the next one if that is over."""
        self.agenda.plan(max(moment, self.now), subject, work, concerns)

    def say(
        self,
        name: str,
        subject: str,
        station: str,
        moment: datetime,
        /,
        *,
        sequence: int | None = None,
        **data: Any,  # noqa: ANN401 - JSON values
    ) -> Saying:
        """Put an event as a structured CloudEvent; fields that are None are left out, `try_` is `try`."""
        self._said[subject] += 1
        event = {
            "specversion": "1.0",
            "id": str(self.chance.identity("event", subject, self._said[subject])),
            "source": f"/stations/{station}",
            "type": f"id.ektp.{name}.v1",
            "subject": subject,
            "time": moment.isoformat(),
            "datacontenttype": "application/json",
            "data": {field.rstrip("_"): value for field, value in data.items() if value is not None},
        }
        return Saying(event if sequence is None else {**event, "sequence": str(sequence)})


def number_of(office: str) -> str:
    """Return the code of an office as it stands in the names of its stations: 337410."""
    return office.replace(".", "")
