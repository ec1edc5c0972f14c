"""The watch over everything, the telling and the mutes, put together from the configuration."""

from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from ektp.broker.in_process import is_in_process
from ektp.broker.opening import queue_counters, queue_depths
from ektp.config.config import Config
from ektp.config.decrees import national_days
from ektp.storage.alerts.messages import PostgresTelling
from ektp.storage.alerts.mutes import PostgresMutes
from ektp.storage.alerts.watch import PostgresAlertWatch
from ektp.storage.people.audit import Chain
from ektp.subscribers.following import Following
from ektp.telling.addresses import Addresses
from ektp.telling.messenger import AppriseMessenger
from workflows.timekeeping import Timekeeping


def watch_on(
    engine: Engine, keeping: Timekeeping, config: Config, broker: str | None, management: str | None = None
) -> PostgresAlertWatch:
    """Return what looks at everything; without a broker nothing is said of its queues.

    `management` is the URL of the broker's management interface, None for the usual one.
    """
    is_final = national_days().final_years.__contains__
    limits = config.alerts.limits()._replace(bounced=config.messages.bounced, following=config.subscribers.limits())
    watch = partial(PostgresAlertWatch, engine, keeping, limits, is_final)
    if broker is None:
        return watch()
    depths, counted = partial(queue_depths, broker), partial(queue_counters, broker, management)
    # Where the broker is this process it knows no accounts, and there are no subscribers.
    look = None if is_in_process(broker) else Following(engine, broker, management).look
    return watch(depths, counted, look) if look else watch(depths, counted)


def telling_on(engine: Engine, config: Config) -> PostgresTelling:
    """Return what writes letters to the receivers of the configuration."""
    return PostgresTelling(engine, [one.receiver() for one in config.alerts.receivers])


def messenger_for(config: Config, beside: Path) -> AppriseMessenger:
    """Return what carries letters; files with addresses are looked for in the folder *beside*."""
    return AppriseMessenger(Addresses({one.name: one.address(beside) for one in config.alerts.receivers}))


def mutes_on(engine: Engine, chain: Chain) -> PostgresMutes:
    """Return what mutes alerts, and notes it in the audit."""
    return PostgresMutes(engine, chain)
