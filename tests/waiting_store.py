"""People who have waited for blanko long enough for a suket, in a real store."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Engine

from consumers.journal import Journal
from consumers.timekeeper import Timekeeper
from ektp.storage.simulated_clock import begin_simulation, set_simulated_now
from tests.histories import History, said

MONDAY: Final = datetime(2026, 2, 9, 2, tzinfo=UTC)
FRIDAY: Final = datetime(2026, 2, 13, 8, tzinfo=UTC)


def verified(engine: Engine, journal: Journal, count: int, office: str = "33.74.10") -> list[History]:
    """Record and verify so many people on a Monday morning."""
    begin_simulation(engine, MONDAY)
    histories = [History() for _ in range(count)]
    journal.apply(
        [
            said(
                one.application, "recorded", at=MONDAY, nik=one.nik, office=office, attempt=1, channel="kecamatan",
                reason="first", enrolment="E-1", name_=f"Contoh {one.number}", birth_date="1940-01-01",
            )
            for one in histories
        ]
    )  # fmt: skip
    journal.apply([said(one.application, "data-verified", station="centre", attempt=1) for one in histories])
    return histories


def waited(engine: Engine, journal: Journal, timekeeper: Timekeeper, count: int = 1) -> list[History]:
    """Let them wait until they have letters, on Friday afternoon."""
    histories = verified(engine, journal, count)
    set_simulated_now(engine, FRIDAY)
    timekeeper.sweep()
    return histories
