"""Ends processes with kill -9 and finds out whether it mattered: only then does a kill count."""

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final, Self

from tests.e2e.pipeline import Pipeline, pause
from tests.e2e.wire import Wire

CREW: Final = {"consume-1": "consume", "consume-2": "consume", "relay-1": "relay", "relay-2": "relay"}
LOOK: Final = 3.0  # seconds in which a relay may be caught with something unconfirmed
TRAVEL: Final = 0.01  # seconds between a process and the broker, each way
LAG: Final = 1.0  # seconds
RELAYS: Final = 0.5  # how often a relay is killed after a consumer


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill -9."""

    process: str
    in_hand: int  #: messages that were with it at that moment and that it never answered for; 0 does not count
    at: float  #: on the monotonic clock


class Killer:
    """Kill processes and start them again at once; each goes to the broker by a wire of its own that is overheard.

    A consumer has a message in hand when it was delivered before the kill and never acknowledged; a relay when it was
    sent before the kill and its confirm had not come. Both are read off the wire while the process stands still for the
    moment before its end, not off the broker's statistics.
    """

    def __init__(self, pipeline: Pipeline, wires: dict[str, Wire], chance: random.Random) -> None:
        self._pipeline, self._wires, self._chance = pipeline, wires, chance
        self.kills: list[Kill] = []
        self.longest_start = 0.0  # seconds

    @classmethod
    @contextmanager
    def over(cls, pipeline: Pipeline, chance: random.Random) -> Iterator[Self]:
        """Start two consumers and two relays, each on its wire."""
        with ExitStack() as stack:
            wires = {name: stack.enter_context(Wire(pipeline.broker_url, TRAVEL)) for name in CREW}
            killer = cls(pipeline, wires, chance)
            for name in CREW:
                killer._start(name)
            for name in CREW:
                killer._wait_for(name)
            yield killer

    @property
    def counted(self) -> int:
        """How many kills count."""
        return sum(kill.in_hand > 0 for kill in self.kills)

    @property
    def redelivered(self) -> int:
        """How many deliveries the broker marked as redelivered."""
        return sum(wire.redelivered for wire in self._wires.values())

    def explains(self, first: float, second: float) -> bool:
        """Tell whether a relay was killed between two deliveries of one notice, which took up to `LAG` to be heard."""
        return any(first - LAG < kill.at < second for kill in self.kills if CREW[kill.process] == "relay")

    def figures(self, command: str) -> str:
        """Describe the kills of one kind of process."""
        of_it = [kill.in_hand for kill in self.kills if kill.process.startswith(command)]
        return f"{len(of_it)} kills of {command}, {sum(map(bool, of_it))} with messages in hand ({sum(of_it)} in all)"

    def storm(self, seconds: float) -> None:
        """Kill one after the other at random moments; the next when the last one is back at work."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            consumer = self._chance.choice(("consume-1", "consume-2"))
            pause(self._chance.uniform(0.05, 1.5))
            self._kill(consumer)
            if self._chance.random() < RELAYS:
                self._kill_a_relay(self._chance.choice(("relay-1", "relay-2")))
            self._wait_for(consumer)

    def _kill_a_relay(self, name: str) -> None:
        """Kill it when it next has something on the wire after a random moment; leave it if that takes long."""
        wire = self._wires[name]
        pause(self._chance.uniform(0.0, 0.5))
        pause(LOOK, unless=lambda: bool(wire.unconfirmed()), step=0.001)
        if wire.unconfirmed():
            self._kill(name)
            self._wait_for(name)

    def _kill(self, name: str) -> None:
        wire, process, relay = self._wires[name], self._pipeline[name], CREW[name] == "relay"
        process.freeze()
        # From here on it hears nothing: a confirm that arrives now is never read.
        in_hand = wire.unconfirmed() if relay else wire.unacknowledged()
        process.kill()
        at = time.monotonic()
        self._start(name)
        pause(5, unless=lambda: not {one[0] for one in in_hand} & wire.open_numbers(), step=0.005)
        if not relay:
            in_hand &= wire.unacknowledged()  # an acknowledgement that was on its way has arrived
        self.kills.append(Kill(name, len(in_hand), at))
        wire.forget()

    def _start(self, name: str) -> None:
        self._pipeline.start(name, CREW[name], broker_url=self._wires[name].url)

    def _wait_for(self, name: str) -> None:
        began = time.monotonic()
        process, wire = self._pipeline[name], self._wires[name]
        # A relay goes to the broker when it has something to send, and after a kill the slots are free only later.
        pause(30, unless=lambda: process.up and (CREW[name] == "relay" or wire.connections > 0))
        assert process.up, f"{name} did not come up"
        self.longest_start = max(self.longest_start, time.monotonic() - began)
