"""The data centre: reports how far a recording came, looks for the person among all others, and deletes records."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ektp.simulation.agenda import Saying
from ektp.simulation.heard import Ear, Heard
from ektp.simulation.people import Resident
from ektp.simulation.scenarios import Weights
from ektp.simulation.town import Town

STATION: Final = "centre"
SILENT: Final = "silent"
VERIFIED: Final = "verified"
_STEPS: Final = ("PROCESSING", "SENT_FOR_ENROLLMENT", "RECEIVED_AT_CENTRAL")
_EXPERTS: Final = (3, 8)  # working days in which an expert decides about two people who look alike
_DELETION: Final = (2, 6)  # working days
_DETAIL: Final = {
    "ENROLL_FAILURE_AT_CENTRAL": "the fingerprints cannot be read",
    "ENROLL_FAILURE_AT_REGIONAL": "the iris was not received",
    "ADJUDICATE_RECORD": "the fingerprints look like another person's",
}


@dataclass(frozen=True, slots=True)
class Packet:
    """One recording as the centre gets it over a line of its own, not over the pipeline."""

    resident: Resident
    attempt: int
    enrolment: str


class Centre:
    """Knows packets and nothing else; a card that nobody wants any more is no affair of its own."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._packets: dict[tuple[str, int], Packet] = {}
        self.silent: set[str] = set()  #: Applications about which it will say nothing more unless it is asked.

    @property
    def ears(self) -> Mapping[str, Ear]:
        """What it does when asked."""
        return {"retry-search": self._search_again, "delete-central-record": self._delete}

    def receive(self, packet: Packet, moment: datetime) -> None:
        """Take in a recording: report some of its steps, and decide within some days."""
        town, about = self._town, (packet.resident.number, packet.attempt, "centre")
        self._packets[packet.resident.application, packet.attempt] = packet
        days = town.chance.one_of(town.scenario.centre.days, *about, "days")
        minutes = days * town.days.minutes + town.chance.between(150, 300, *about, "minutes")
        for step, status in enumerate(_STEPS):
            if town.chance.happens(town.scenario.centre.reports, *about, status):
                part = minutes * (step + 1) // (len(_STEPS) + 1)
                self._plan_report(packet, status, town.days.later(moment, part))
        self._plan_verdict(packet, 1, town.scenario.centre.verdicts, town.days.later(moment, minutes))

    def _plan_report(self, packet: Packet, status: str, moment: datetime, try_: int = 1) -> None:
        application = packet.resident.application
        self._town.plan(
            moment,
            application,
            lambda now: self._town.say(
                "enrolment-progressed", application, STATION, now, attempt=packet.attempt, status=status, try_=try_
            ),
        )

    def _plan_verdict(self, packet: Packet, try_: int, weights: Weights, moment: datetime) -> None:
        about = (packet.resident.number, packet.attempt, "verdict", try_, *weights)
        verdict = self._town.chance.one_of(weights, *about)
        application = packet.resident.application
        if verdict == SILENT:
            self.silent.add(application)
            return
        self._town.plan(moment, application, lambda now: self._say(packet, try_, verdict, now))

    def _say(self, packet: Packet, try_: int, verdict: str, moment: datetime) -> Saying:
        town, application = self._town, packet.resident.application
        self.silent.discard(application)
        if verdict == VERIFIED:
            return town.say(
                "data-verified", application, STATION, moment, attempt=packet.attempt, enrolment=packet.enrolment
            )
        if verdict == "ADJUDICATE_RECORD":
            days = town.chance.between(*_EXPERTS, packet.resident.number, packet.attempt, "expert")
            later = town.days.later(moment, days * town.days.minutes)
            self._plan_verdict(packet, try_, town.scenario.centre.adjudicated, later)
        return town.say(
            "verification-failed",
            application,
            STATION,
            moment,
            attempt=packet.attempt,
            status=verdict,
            try_=try_,
            detail=_DETAIL.get(verdict),
        )

    def _search_again(self, asked: Heard) -> None:
        packet = self._packets.get((asked.subject, asked.data["attempt"]))
        if packet is not None:
            try_ = asked.data["try"]
            days = self._town.chance.between(0, 2, asked.subject, "retry", try_)
            moment = self._town.in_days(days, asked.subject, "retry", try_)
            self._plan_verdict(packet, try_, self._town.scenario.centre.retried, moment)

    def _delete(self, asked: Heard) -> None:
        packet = self._packets.get((asked.subject, asked.data["attempt"]))
        if packet is None:
            return
        days = self._town.chance.between(*_DELETION, asked.subject, "deletion", packet.attempt)
        reference = f"DEL-2018-{packet.resident.number:06}-{packet.attempt}"
        self._town.plan(
            self._town.in_days(days, asked.subject, "deletion", packet.attempt),
            asked.subject,
            lambda now: self._town.say(
                "central-record-deleted", asked.subject, STATION, now, attempt=packet.attempt, reference=reference
            ),
        )
