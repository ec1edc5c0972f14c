"""What the steps may speak to, and what runs them, on the parts of a process."""

from consumers.steps import StepRunner
from ektp.alerting import messenger_for, telling_on, watch_on
from ektp.bootstrap import Parts
from ektp.outreach import planner_on
from ektp.repairing.running import Repairer
from ektp.residents.residents import gateways_of, messages_on
from ektp.storage.stations.watching import PostgresStationWatch
from ektp.storage.steps.answers import PostgresAnswers
from ektp.storage.steps.housekeeping import PostgresLetters, PostgresTallies, PostgresWaiting
from ektp.storage.stock.printers import PostgresPrinters
from ektp.storage.stock.shelves import PostgresShelves
from ektp.subscribers.replaying import Replayer
from workflows.ports import Ports
from workflows.steps.kinds import Kinds


def step_ports(parts: Parts) -> Ports:
    """Return the ports of these parts. Raises WrongUse for a configuration that cannot be read."""
    engine, keeping, config = parts.engine, parts.keeping, parts.config
    return Ports(
        tallies=PostgresTallies(engine),
        waiting=PostgresWaiting(engine, parts.journal),
        letters=PostgresLetters(engine),
        ended=parts.steps(),
        answers=PostgresAnswers(engine),
        deadlines=parts.timekeeper,
        allocations=parts.allocations,
        shelves=PostgresShelves(engine, keeping),
        printers=PostgresPrinters(engine, keeping),
        stations=PostgresStationWatch(engine, keeping, config.stations.thresholds()),
        alerts=watch_on(engine, keeping, config, parts.broker, parts.settings.management()),
        telling=telling_on(engine, config),
        messenger=messenger_for(config, parts.settings.beside),
        repairs=Repairer(engine, lambda: parts.vault, keeping),
        messages=messages_on(parts),
        gateway=gateways_of(parts),
        visits=planner_on(parts),
        replays=Replayer(engine, parts.settings.broker()),
    )


def step_runner(parts: Parts, kinds: Kinds, lease: float) -> StepRunner:
    """Return the runner of steps of these kinds; it may be used from many threads. The lease is in seconds."""
    return StepRunner(parts.steps(), parts.journal, step_ports(parts), kinds, lease)
