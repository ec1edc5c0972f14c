"""What the steps of housekeeping need, in PostgreSQL."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy import Engine

from consumers.errors import JournalUnavailable, StoreAway
from consumers.journal import Journal
from consumers.timekeeper import Timekeeper
from ektp.allocation import Allocations
from ektp.storage.alerts.watch import PostgresAlertWatch
from ektp.storage.engine import transaction
from ektp.storage.outbox_writes import wake_relays
from ektp.storage.steps.due import PostgresDue
from ektp.storage.steps.tallies import fold_tallies

log = structlog.get_logger()
UNSWEPT: Final = 20.0  # seconds after which the steps that sweep are thought dead
UNWATCHED: Final = 120.0  # seconds after which the step that watches everything is thought dead
_AT_ONCE: Final = 2000  # events between two batches of the intake
_HELD: Final = "select waits_for, count(*) from held where received < ektp_now() - %s group by waits_for"
_OLDEST: Final = "select coalesce(now() - min(created), interval '0') from outbox where sent is null"


def keep_house(
    engine: Engine,
    journal: Journal,
    timekeeper: Timekeeper,
    allocations: Allocations | None = None,
    alerts: PostgresAlertWatch | None = None,
) -> None:
    """Do what nobody waits for, the work of timekeeper, allocator and watch too where nobody else does it.

    Raises JournalUnavailable.
    """
    journal.wake()
    try:
        fold_tallies(engine)
        if PostgresDue(engine).seconds_since_sweep() > UNSWEPT:
            timekeeper.sweep(_AT_ONCE)
            if allocations is not None:
                allocations.allocate(_AT_ONCE)
        if alerts is not None and alerts.seconds_since_look() > UNWATCHED:
            _look(alerts)
    except StoreAway as away:
        raise JournalUnavailable(str(away)) from away


def _look(alerts: PostgresAlertWatch) -> None:
    try:
        for rule, about in alerts.watch():
            log.warning("alert", rule=rule, about=about)
    except StoreAway:
        raise
    except Exception as error:  # noqa: BLE001 - a watch that fails must not end the intake
        log.error("look-failed", error=type(error).__name__)  # noqa: TRY400 - its text may quote a row


class PostgresTallies:
    """The counts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def fold(self) -> None:
        """Merge the differences. Raises StoreAway."""
        fold_tallies(self._engine)


class PostgresWaiting:
    """The held events, which only the journal takes in."""

    def __init__(self, engine: Engine, journal: Callable[[], Journal]) -> None:
        self._engine = engine
        self._journal = journal

    def wake(self) -> int:
        """Take in what waits for the end of an application that has ended. Raises JournalUnavailable."""
        return self._journal().wake()

    def longer_than(self, patience: timedelta) -> Mapping[str, int]:
        """Count by what they wait for. Raises StoreAway."""
        with transaction(self._engine) as connection:
            return dict(connection.execute(_HELD, [patience]).fetchall())


class PostgresLetters:
    """The outbox."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def oldest_age(self) -> timedelta:
        """Return for how long the oldest letter has waited. Raises StoreAway."""
        with transaction(self._engine) as connection:
            row = connection.execute(_OLDEST).fetchone()
        return row[0] if row else timedelta()

    def wake_relays(self) -> None:
        """Notify those that listen. Raises StoreAway."""
        with transaction(self._engine) as connection:
            wake_relays(connection)
