"""Ends processes with kill -9 and finds out whether it mattered: only then does a kill count."""

import random
import time
from dataclasses import dataclass
from typing import Final

import psycopg

from tests.e2e.pipeline import Pipeline, Process, pause
from tests.e2e.tap import Tap
from tests.servers.rabbit import PrivateRabbit

INTAKE: Final = ("ektp.intake", "ektp.intake.late")
ANSWER: Final = 3.0  # seconds until the broker's count of redeliveries must have risen
GLANCES: Final = 25  # moments at which a relay is looked at before the kill is given up
TRANSIT: Final = 0.08  # seconds in which the tap hears what the broker has already taken
# What this process may send and has not marked as sent; its owner's name holds the number of the process.
UNSETTLED: Final = """
    select outbox.id from outbox join relay_slots using (slot)
    where outbox.sent is null and outbox.exchange = 'ektp.notices' and relay_slots.owner like %s
"""


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill -9 and what was in its hands."""

    process: str
    in_hand: int  #: messages delivered again (consumer), or sent and not settled (relay); 0 does not count


class Killer:
    """Kill one process, start it again at once, and say what it held at that moment."""

    def __init__(self, pipeline: Pipeline, rabbit: PrivateRabbit, tap: Tap, chance: random.Random) -> None:
        self._pipeline, self._rabbit, self._tap, self._chance = pipeline, rabbit, tap, chance
        self._left_behind: set[str] = set()
        self.kills: list[Kill] = []
        self.unsettled: set[str] = set()  # ids of notices that a killed relay had sent and not settled

    @property
    def counted(self) -> int:
        """How many kills count."""
        return sum(kill.in_hand > 0 for kill in self.kills)

    def figures(self, command: str) -> str:
        """Describe the kills of one kind of process."""
        of_it = [kill.in_hand for kill in self.kills if kill.process.startswith(command)]
        return f"{len(of_it)} kills of {command}, {sum(map(bool, of_it))} with messages in hand ({sum(of_it)} in all)"

    def redeliveries(self) -> int:
        """Return how many messages the broker has delivered to the intake again, by its own count."""
        queues = self._rabbit.queues(self._pipeline.broker_url)
        return sum(int(queues[name].get("message_stats", {}).get("redeliver", 0)) for name in INTAKE)

    def kill_consumer(self, name: str) -> None:
        """Kill a consumer wherever it is; the messages in its hands are those that the broker then delivers again."""
        before = self._quiet_count()
        self._pipeline[name].kill()
        self._pipeline.start(name, "consume")
        pause(ANSWER, unless=lambda: self.redeliveries() > before)
        self.kills.append(Kill(name, self._quiet_count() - before))

    def kill_relay(self, name: str) -> bool:
        """Freeze a relay at random moments until one is found at which notices are out and not settled; kill it there.

        Such a notice has reached the tap, so the broker had it, while the outbox says that it is still to be sent.
        """
        process = self._pipeline[name]
        for _ in range(GLANCES):
            pause(self._chance.uniform(0.0, 0.2))
            process.freeze()
            before, after = self._unsettled(process), set[str]()
            if before:
                pause(TRANSIT)
                # What the database had already been told when the relay was frozen is in it by now.
                after = self._unsettled(process)
            fresh = after - self._left_behind
            in_hand = {notice for notice in fresh if self._tap.has(notice)}
            if in_hand:
                process.kill()
                self._left_behind |= after
                self.unsettled |= in_hand
                self.kills.append(Kill(name, len(in_hand)))
                self._pipeline.start(name, "relay")
                return True
            process.thaw()
        return False

    def _quiet_count(self) -> int:
        """Return the count of redeliveries when it stands still; the broker's statistics are half a second old."""
        last, count = -1, self.redeliveries()
        while count != last:
            pause(0.7)
            last, count = count, self.redeliveries()
        return count

    def _unsettled(self, process: Process) -> set[str]:
        with psycopg.connect(self._pipeline.database_url) as connection:
            return {str(row[0]) for row in connection.execute(UNSETTLED, [f"%-{process.pid}-%"])}


def storm(killer: Killer, pipeline: Pipeline, chance: random.Random, until: float) -> None:
    """Kill consumers and relays at random moments until the time comes."""
    while time.monotonic() < until:
        pause(chance.uniform(0.1, 1.5))
        # One that is still starting has nothing in its hands.
        names = [name for name in ("consume-1", "consume-2") if pipeline[name].up]
        if names:
            killer.kill_consumer(chance.choice(names))
        relays = [name for name in ("relay-1", "relay-2") if pipeline[name].up]
        if relays and chance.random() < 0.4:
            killer.kill_relay(chance.choice(relays))
