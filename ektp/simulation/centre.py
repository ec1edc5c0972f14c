"""The data centre: reports how far a recording came, looks for the person among all others, and deletes records."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from ektp.simulation.agenda import Saying, Work
from ektp.simulation.heard import Ear, Heard
from ektp.simulation.people import Resident
from ektp.simulation.scenarios import Weights
from ektp.simulation.town import Town, Window
from ektp.simulation.troubles import Trouble

STATION: Final = "centre"
SILENT: Final = "silent"
LOST: Final = "lost"  # the packet never left the station
VERIFIED: Final = "verified"
_STEPS: Final = ("PROCESSING", "SENT_FOR_ENROLLMENT", "RECEIVED_AT_CENTRAL")
_EXPERTS: Final = (3, 8)  # working days in which an expert decides about two people who look alike
_DELETION: Final = (2, 6)  # working days
_AGAIN: Final = (1, 3)  # working days in which a packet that was sent again is looked at
_DETAIL: Final = {
    "ENROLL_FAILURE_AT_CENTRAL": "the fingerprints cannot be read",
    "ENROLL_FAILURE_AT_REGIONAL": "the iris was not received",
    "ADJUDICATE_RECORD": "the fingerprints look like another person's",
}
_TROUBLES: Final = {
    SILENT: Trouble.SETTLED,
    LOST: Trouble.SETTLED,
    "ENROLL_FAILURE_AT_CENTRAL": Trouble.FAILED,
    "ENROLL_FAILURE_AT_REGIONAL": Trouble.FAILED,
    "SEARCH_FAILURE_AT_CENTRAL": Trouble.SEARCH,
    "DUPLICATE_RECORD": Trouble.DUPLICATE,
    "ADJUDICATE_RECORD": Trouble.ADJUDICATION,
}
_Record = tuple[str, int]  # application and attempt


@dataclass(frozen=True, slots=True)
class Packet:
    """One recording as the centre gets it over a line of its own, not over the pipeline."""

    resident: Resident
    attempt: int
    enrolment: str

    @property
    def record(self) -> _Record:
        """What it is kept under."""
        return self.resident.application, self.attempt


class Centre:
    """Knows packets and nothing else; a card that nobody wants any more is no affair of its own.

    What it is asked again it does once, and a verdict is about the newest try that it was asked for.
    """

    def __init__(self, town: Town) -> None:
        self._town = town
        self._packets: dict[_Record, Packet] = {}
        self._tries: dict[_Record, int] = {}
        self._asked: Counter[tuple[object, ...]] = Counter()
        self._searched: set[tuple[str, int, int]] = set()
        self._deleting: set[_Record] = set()
        self.silent: set[str] = set()  #: Applications about which it will say nothing more unless it is asked.
        self.withheld: set[str] = set()  #: Applications about which it would have said something, and was silenced.

    @property
    def ears(self) -> Mapping[str, Ear]:
        """What it does when asked; a packet that a station sends again comes over the centre's own line."""
        return {
            "retry-search": self._search_again,
            "resend-packet": self._receive_again,
            "delete-central-record": self._delete,
        }

    def fall_silent(self, until: datetime) -> None:
        """Say nothing until then, also of what was decided before; afterwards in its order."""
        self._town.silenced = Window(self._town.now, until)
        self.withheld = set()

    def receive(self, packet: Packet, moment: datetime) -> None:
        """Take in a recording: report some of its steps, and decide within some days."""
        town, about = self._town, (packet.resident.number, packet.attempt, "centre")
        self._packets[packet.record] = packet
        days = town.chance.one_of(town.scenario.centre.days, *about, "days")
        minutes = days * town.days.minutes + town.chance.between(150, 300, *about, "minutes")
        verdict = self._verdict(packet, 1, town.scenario.centre.verdicts)
        for step, status in enumerate(_STEPS):
            if verdict != LOST and town.chance.happens(town.scenario.centre.reports, *about, status):
                part = minutes * (step + 1) // (len(_STEPS) + 1)
                self._plan_report(packet, status, town.days.later(moment, part))
        self._decide(packet, 1, verdict, town.days.later(moment, minutes))

    def _plan_report(self, packet: Packet, status: str, moment: datetime) -> None:
        application = packet.resident.application
        self._plan(
            packet,
            moment,
            lambda now: self._town.say(
                "enrolment-progressed",
                application,
                STATION,
                now,
                attempt=packet.attempt,
                status=status,
                try_=self._tries.get(packet.record, 1),
            ),
        )

    def _verdict(self, packet: Packet, try_: int, weights: Weights, *more: object) -> str:
        about = (packet.resident.number, packet.attempt, "verdict", try_, *weights, *more)
        return self._town.chance.one_of(weights, *about)

    def _decide(self, packet: Packet, try_: int, verdict: str, moment: datetime) -> None:
        """Say it at that moment; silence is kept at once."""
        application = packet.resident.application
        if verdict in (SILENT, LOST):
            self.silent.add(application)
            self._town.note(application, Trouble.SETTLED)
            return
        self.silent.discard(application)
        self._plan(packet, moment, lambda now: self._say(packet, try_, verdict, now))

    def _plan(self, packet: Packet, moment: datetime, work: Work) -> None:
        """Do it at that moment, or when the centre is up again."""
        when = self._town.when_up(moment)
        if when != moment:
            self._town.note(packet.resident.application, Trouble.OUTAGE)
        if self._is_silenced(moment):
            self.withheld.add(packet.resident.application)
        self._town.plan(when, packet.resident.application, partial(self._unless_silenced, packet, work))

    def _unless_silenced(self, packet: Packet, work: Work, moment: datetime) -> Saying | None:
        """Do it, or plan it anew where somebody has silenced the centre since it was planned."""
        if not self._is_silenced(moment):
            return work(moment)
        self._plan(packet, moment, work)
        return None

    def _is_silenced(self, moment: datetime) -> bool:
        return self._town.silenced is not None and moment in self._town.silenced

    def _say(self, packet: Packet, try_: int, verdict: str, moment: datetime) -> Saying:
        town, application = self._town, packet.resident.application
        if verdict == VERIFIED:
            return town.say(
                "data-verified", application, STATION, moment, attempt=packet.attempt, enrolment=packet.enrolment
            )
        town.note(application, _TROUBLES[verdict])
        if verdict == "ADJUDICATE_RECORD":
            days = town.chance.between(*_EXPERTS, packet.resident.number, packet.attempt, "expert")
            later = town.days.later(moment, days * town.days.minutes)
            self._decide(packet, try_, self._verdict(packet, try_, town.scenario.centre.adjudicated), later)
        return town.say(
            "verification-failed",
            application,
            STATION,
            moment,
            attempt=packet.attempt,
            status=verdict,
            try_=max(try_, self._tries.get(packet.record, 1)),
            detail=_DETAIL.get(verdict),
        )

    def _search_again(self, asked: Heard) -> None:
        packet = self._known(asked)
        if packet is None or (search := (*packet.record, asked.data["try"])) in self._searched:
            return
        try_, times = asked.data["try"], self._times("retry", *search)
        verdict = self._verdict(packet, try_, self._town.scenario.centre.retried, *times)
        if verdict != SILENT:
            self._searched.add(search)
        days = self._town.chance.between(0, 2, asked.subject, "retry", try_, *times)
        self._decide(packet, try_, verdict, self._town.in_days(days, asked.subject, "retry", try_, *times))

    def _receive_again(self, asked: Heard) -> None:
        """Look at a packet that was silent; some are lost on the way however often they are sent."""
        packet, town = self._known(asked), self._town
        if packet is None or asked.subject not in self.silent:
            return
        about = (packet.resident.number, packet.attempt)
        if town.chance.happens(town.scenario.centre.settled_for_good, *about, "settled for good"):
            return
        verdict = self._verdict(packet, asked.data["try"], town.scenario.centre.retried, "resent")
        days = town.chance.between(*_AGAIN, *about, "resent", asked.data["try"])
        self._decide(packet, asked.data["try"], verdict, town.in_days(days, *about, "resent", asked.data["try"]))

    def _delete(self, asked: Heard) -> None:
        packet, town = self._known(asked), self._town
        if packet is None or packet.record in self._deleting:
            return
        times = self._times("deletion", *packet.record)
        if town.chance.happens(town.scenario.centre.forgets, asked.subject, "forgets", packet.attempt, *times):
            return
        self._deleting.add(packet.record)
        days = town.chance.between(*_DELETION, asked.subject, "deletion", packet.attempt)
        reference = f"DEL-2018-{packet.resident.number:06}-{packet.attempt}"
        self._plan(
            packet,
            town.in_days(days, asked.subject, "deletion", packet.attempt),
            lambda now: town.say(
                "central-record-deleted", asked.subject, STATION, now, attempt=packet.attempt, reference=reference
            ),
        )

    def _known(self, asked: Heard) -> Packet | None:
        """Return the packet that is asked about, and remember the newest try."""
        packet = self._packets.get((asked.subject, asked.data["attempt"]))
        if packet is not None and (try_ := asked.data.get("try")):
            self._tries[packet.record] = max(try_, self._tries.get(packet.record, 1))
        return packet

    def _times(self, *about: object) -> tuple[int, ...]:
        """Return the how manyth time this is asked, nothing for the first."""
        self._asked[about] += 1
        return () if self._asked[about] == 1 else (self._asked[about],)
