"""The clock of a simulated city: while one is set, `ektp_now()` is its moment for every process on this store.

What happened to applications is dated by it; leases, letters on their way and patience with a server keep real time.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Engine

from ektp.storage.engine import transaction

_READ: Final = "select moment, runs from simulated_clock where moment is not null"
_BEGIN: Final = """
insert into simulated_clock (moment, runs) values (%s, 1)
on conflict (one) do update set moment = greatest(simulated_clock.moment, excluded.moment),
    runs = simulated_clock.runs + 1
returning moment, runs
"""
_SET: Final = "update simulated_clock set moment = greatest(moment, %s)"
_FOLLOW: Final = "update simulated_clock set steps = moment where steps is distinct from moment"
_FORGET: Final = "update simulated_clock set moment = null where moment is not null"
_STRANGERS: Final = "select exists (select from applications) and not exists (select from simulated_clock)"


@dataclass(frozen=True, slots=True)
class SimulatedClock:
    """The moment it is in the city, and how many simulations this store has seen."""

    moment: datetime
    runs: int


def simulated_clock(engine: Engine) -> SimulatedClock | None:
    """Return the clock if one is set. Raises StoreAway."""
    with transaction(engine) as connection:
        row = connection.execute(_READ).fetchone()
        return SimulatedClock(*row) if row else None


def begin_simulation(engine: Engine, start: datetime) -> SimulatedClock:
    """Set the clock to *start*, or leave it where an earlier simulation of this store ended; it never goes back."""
    with transaction(engine) as connection:
        row = connection.execute(_BEGIN, [start]).fetchone()
        assert row is not None
        return SimulatedClock(*row)


def set_simulated_now(engine: Engine, moment: datetime) -> None:
    """Let it be *moment* from here on, if that is later. Raises StoreAway."""
    with transaction(engine) as connection:
        connection.execute(_SET, [moment])


def let_steps_follow(engine: Engine) -> bool:
    """Let the steps that are due by now be run; return whether they were kept waiting. Raises StoreAway."""
    with transaction(engine) as connection:
        return connection.execute(_FOLLOW).rowcount > 0


def forget_simulated_clock(engine: Engine) -> bool:
    """Let the store's time be the server's again; return whether another was set. Raises StoreAway."""
    with transaction(engine) as connection:
        return connection.execute(_FORGET).rowcount > 0


def holds_real_applications(engine: Engine) -> bool:
    """Tell whether the store holds applications although no simulation was ever begun in it. Raises StoreAway."""
    with transaction(engine) as connection:
        row = connection.execute(_STRANGERS).fetchone()
        return bool(row and row[0])
