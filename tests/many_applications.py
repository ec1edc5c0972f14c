"""A town with an application in every situation, in two regencies, some of them overdue."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ektp.bootstrap import Parts
from ektp.storage.engine import transaction
from ektp.storage.simulated_clock import begin_simulation, set_simulated_now
from tests.histories import History, happy
from tests.web_client import WebClient

#: A Monday, as the office opens.
MONDAY: Final = datetime(2018, 2, 12, 2, tzinfo=UTC)
DAY: Final = timedelta(days=1)
OFFICES: Final = ("33.74.10", "33.74.01", "33.22.10")


def situations() -> list[History]:
    """Return an application for each situation that an event can bring about."""
    search, enrol = "SEARCH_FAILURE_AT_CENTRAL", "ENROLL_FAILURE_AT_CENTRAL"
    return [
        History().recorded(),
        History().recorded().tell("enrolment-progressed", attempt=1, status="SENT_FOR_ENROLLMENT"),
        History().recorded().failed(search),
        History().recorded().failed(search).tell("remedy-ordered", attempt=1, remedy="recover", because="a test"),
        History().recorded().failed(enrol),
        History().recorded().failed(enrol).deleted(),
        History().recorded().failed(enrol).deleted().tell("resident-invited", attempt=1),
        History().recorded().verified(),
        History().recorded().verified().tell("print-requested", counter="counter1"),
        History().recorded().verified().allocated(),
        History().recorded().verified().allocated().printed(),
        History().recorded().failed("ADJUDICATE_RECORD"),
        happy(),
        History().recorded().tell("application-cancelled", because="moved-away"),
    ]


def fill(web: WebClient, parts: Parts) -> list[History]:
    """Take one in of each in each office, three days apart and the last ones ten days later; let pass what is due."""
    begin_simulation(parts.engine, MONDAY)
    told = []
    for days, office in zip((0, 3, 13), OFFICES, strict=True):
        set_simulated_now(parts.engine, MONDAY + days * DAY)
        some = situations()
        for history in some:
            for event in history.events:
                event["time"] = (MONDAY + days * DAY).isoformat()
                if event["data"].get("office"):
                    event["data"]["office"] = office
        answers = web.batch(*itertools.chain.from_iterable(history.events for history in some))
        assert {outcome for outcome, _ in answers.outcomes} == {"applied"}
        told += some
        parts.timekeeper.sweep()
    return told


def rows(parts: Parts, question: str, values: Any = None) -> list[tuple[Any, ...]]:
    """Ask the store."""
    with transaction(parts.engine) as connection:
        return connection.execute(question, values).fetchall()
