"""Every invariant there is, counted over the whole store in one snapshot."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Engine, text

from ektp.reading.snapshot import snapshot
from ektp.verification.answers import requests_are_awaited
from ektp.verification.audit import audit_is_whole
from ektp.verification.canary import no_person_in_clear
from ektp.verification.clearance import days_add_up
from ektp.verification.clocks import clocks_are_kept
from ektp.verification.conservation import counts_are_conserved, ids_are_unique, one_open_application_per_nik
from ektp.verification.finding import Advance, Check, Finding
from ektp.verification.ledger import blanko_have_one_place
from ektp.verification.letters import letters_are_numbered, stock_letters_are_numbered
from ektp.verification.messages import residents_are_told
from ektp.verification.queue import queue_is_in_order
from ektp.verification.recordings import recorded_again_in_order
from ektp.verification.repairs import repairs_are_true
from ektp.verification.replay import history_replays
from ektp.verification.stations import alerts_are_open_once, station_days_add_up, station_notices_are_numbered
from ektp.verification.steps import steps_end_once
from ektp.verification.stock import loans_add_up, movements_are_a_chain, stock_is_balanced, two_people_answer
from ektp.verification.suket import sukets_are_kept
from ektp.verification.supplies import supplies_add_up
from ektp.verification.visits import visits_are_kept
from ektp.verification.waiting import held_events_still_wait
from workflows.timekeeping import Timekeeping

CHECKS: Final[tuple[Check, ...]] = (
    counts_are_conserved,
    ids_are_unique,
    one_open_application_per_nik,
    history_replays,
    blanko_have_one_place,
    movements_are_a_chain,
    stock_is_balanced,
    loans_add_up,
    two_people_answer,
    supplies_add_up,
    held_events_still_wait,
    letters_are_numbered,
    stock_letters_are_numbered,
    station_notices_are_numbered,
    alerts_are_open_once,
    steps_end_once,
    residents_are_told,
    repairs_are_true,
    sukets_are_kept,
    visits_are_kept,
    requests_are_awaited,
    recorded_again_in_order,
    no_person_in_clear,
)


def verify(
    engine: Engine, keeping: Timekeeping, advance: Advance = lambda _rows: None, audit_key: bytes | None = None
) -> Iterator[Finding]:
    """Yield what every check found, as it is found; *keeping* are the calendars and promises of today.

    Without the key of the audit only its numbers are looked at. Raises StoreAway and NotMigrated.
    """
    with snapshot(engine) as connection:
        connection.execute(text("set local statement_timeout = 0"))
        by_calendar = (make(keeping) for make in (clocks_are_kept, queue_is_in_order, station_days_add_up, days_add_up))
        for check in (*CHECKS, *by_calendar, audit_is_whole(audit_key)):
            yield from check(connection, advance)
