"""The recording stations, one in each kecamatan: people come, are recorded, and sometimes come again."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Any, Final, Protocol

from ektp.simulation.agenda import Saying
from ektp.simulation.bugs import EVEN, MISTAKES
from ektp.simulation.centre import Packet
from ektp.simulation.heard import Ear, Heard
from ektp.simulation.people import Resident
from ektp.simulation.town import Town, number_of

_LAST_CALLER: Final = 45  # minutes before closing
_EXCEPTIONS: Final = 0.01
_URGENT: Final = 0.005


class Recipient(Protocol):
    """Who learns of a recording without the pipeline."""

    def receive(self, packet: Packet, moment: datetime) -> None:
        """Take note of a recording that was made at this moment."""


class Stations:
    """All of them; the recordings of a day are drawn in the morning."""

    def __init__(self, town: Town, *recipients: Recipient) -> None:
        self._town = town
        self._recipients = recipients
        self._sent: set[tuple[str, int, int]] = set()  # again: application, attempt, try
        self._made: Counter[str] = Counter()  # by office: the running numbers
        self._on: Counter[tuple[str, date]] = Counter()  # by office and day
        self._attempts: dict[str, int] = {}  # by application: the last
        for day in range(town.scenario.days):
            moment = town.on_day(day, 1)
            town.plan(moment, "", partial(self._open, day))
            for office in town.offices if town.scenario.closings else ():
                today = moment.date()
                town.plan(
                    town.days.at(today, town.days.minutes), station_of(office), partial(self._close, office, today)
                )

    @property
    def ears(self) -> Mapping[str, Ear]:
        """What they do when asked."""
        return {"resend-packet": self._send_again}

    @property
    def busiest(self) -> str:
        """The office in which most were recorded so far."""
        return max(self._town.offices, key=lambda office: (self._made[office], office))

    def come_again(self, resident: Resident, attempt: int, moment: datetime) -> None:
        """Let somebody come to be recorded once more."""
        self._town.plan(moment, resident.application, partial(self._record, resident, attempt, None))

    def record_at_home(self, resident: Resident, attempt: int, moment: datetime) -> Saying | None:
        """Record somebody on a visit, unless they have come meanwhile."""
        return self._record(resident, attempt, None, moment, channel="outreach")

    def _open(self, day: int, moment: datetime) -> None:
        town = self._town
        for office in town.offices:
            # A part of a person comes as often as it is large: so the mean holds at every scale.
            wanted = town.scenario.people * (0.5 + town.chance.draw(office, "people", day))
            people = int(wanted + town.chance.draw(office, "part of a person", day))
            for _ in range(people):
                resident = town.people.come(office)
                minute = town.chance.between(5, town.days.minutes - _LAST_CALLER, resident.number, "comes")
                at = town.days.at(moment.date(), minute)
                town.plan(at, resident.application, partial(self._record, resident, 1, self._bug(resident, day)))

    def _bug(self, resident: Resident, day: int) -> date | None:
        """Return the day on which the program will be repaired, if it spoils the recording of this resident."""
        for bug in self._town.scenario.bugs:
            if bug.kecamatan == resident.office and bug.day <= day < bug.day + bug.days:
                spoiled = self._town.chance.happens(bug.rate, resident.number, "bug")
                return self._town.on_day(bug.day + bug.days).date() if spoiled else None
        return None

    def _record(
        self, resident: Resident, attempt: int, repaired: date | None, moment: datetime, **fixed: str
    ) -> Saying | None:
        if resident.application in self._town.people.gone or self._attempts.get(resident.application, 0) >= attempt:
            return None
        self._attempts[resident.application] = attempt
        self._made[resident.office] += 1
        self._on[resident.office, moment.date()] += 1
        number = self._made[resident.office]
        enrolment = f"E-{number_of(resident.office)}-{number:06}"
        for recipient in self._recipients:
            recipient.receive(Packet(resident, attempt, enrolment), moment)
        fields = {**self._questions(resident), **fixed, "attempt": attempt, "enrolment": enrolment}
        station = station_of(resident.office)
        saying = self._town.say("recorded", resident.application, station, moment, sequence=number, **fields)
        if repaired is None:
            return saying
        again = self._town.days.at(repaired, self._town.chance.between(5, 50, resident.number, "repaired"))
        self._town.plan(
            again,
            resident.application,
            lambda _now: replace(
                self._town.say("recorded", resident.application, station, moment, sequence=number, **fields), late=True
            ),
        )
        return Saying(MISTAKES[self._town.chance.one_of(EVEN, resident.number, "mistake")](saying.event))

    def _questions(self, resident: Resident) -> dict[str, Any]:
        """Return what the form asks for, and the biometrics' quality."""
        chance, about = self._town.chance, resident.number
        exceptions = ["iris-left"] if chance.happens(_EXCEPTIONS, about, "exception") else None
        urgent = {"because": "rawat inap", "approved_by": "Contoh Kepala Seksi"}
        return {
            "nik": resident.nik,
            "office": resident.office,
            "channel": chance.one_of(self._town.scenario.channels, about, "channel"),
            "reason": chance.one_of(self._town.scenario.reasons, about, "reason"),
            "name": resident.name,
            "birth_date": resident.born.isoformat(),
            "kelurahan": resident.kelurahan,
            "contact": {"kind": "email", "address": f"contoh.{about}@example.invalid"},
            "quality": {part: chance.between(55, 99, about, part) for part in ("face", "fingers", "iris")},
            "exceptions": exceptions,
            "urgent": urgent if chance.happens(_URGENT, about, "urgent") else None,
        }

    def _close(self, office: str, day: date, moment: datetime) -> Saying:
        return self._town.say(
            "station-day-closed",
            station_of(office),
            station_of(office),
            moment,
            date=day.isoformat(),
            count=self._on[office, day],
            last_sequence=str(self._made[office]),
        )

    def _send_again(self, asked: Heard) -> None:
        resident = self._town.people.known(asked.subject)
        sending = (asked.subject, asked.data["attempt"], asked.data["try"])
        if resident is None or sending in self._sent:
            return
        self._sent.add(sending)
        fields = {"attempt": asked.data["attempt"], "status": "SENT_FOR_ENROLLMENT", "try_": asked.data["try"]}
        self._town.plan(
            self._town.when_up(self._town.in_days(0, asked.subject, "resend", asked.data["try"])),
            asked.subject,
            lambda now: self._town.say(
                "enrolment-progressed", asked.subject, station_of(resident.office), now, **fields
            ),
        )


def station_of(office: str) -> str:
    """Return the name of the station of an office: st337410."""
    return f"st{number_of(office)}"
