"""KINDS: which steps there are, what they need, how patient they are, how often the periodic ones come."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from workflows.ports import Ports
from workflows.steps.alerts import forget_alerts, recount, tell, watch_everything
from workflows.steps.compensation import await_answer
from workflows.steps.housekeeping import (
    allocate,
    fold_tallies,
    forget_housekeeping,
    sweep_deadlines,
    wake_held,
    watch_outbox,
    watch_printers,
)
from workflows.steps.messages import deliver_message, plan_messages
from workflows.steps.outreach import plan_visits
from workflows.steps.patience import Patience
from workflows.steps.repairs import run_repair
from workflows.steps.replays import run_replay
from workflows.steps.stations import watch_stations
from workflows.steps.step import Result, Step
from workflows.steps.stock import watch_stock

PATIENT: Final = Patience()
# An answer is awaited for days: a store that cannot be asked for a week must not end that.
_FOR_A_WEEK: Final = Patience(most=2000)
# Whoever is to be told may have no line for two days; after that the alert is still on the board.
_FOR_TWO_DAYS: Final = Patience(base=timedelta(seconds=5), most=600)
# The next slot brings a new one: more than a few tries of the same would only pile up.
_BRIEFLY: Final = Patience(base=timedelta(seconds=1), cap=timedelta(seconds=30), most=4)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of step; `work` picks from the ports what it needs. With `every` it is periodic housekeeping."""

    work: Callable[[Ports, Step], Result]
    patience: Patience = PATIENT
    every: timedelta | None = None


Kinds = Mapping[str, Kind]

KINDS: Final[Kinds] = MappingProxyType(
    {
        "await-answer": Kind(lambda ports, step: await_answer(ports.answers, step), _FOR_A_WEEK),
        "repair": Kind(lambda ports, step: run_repair(ports.repairs, step)),
        "replay": Kind(lambda ports, step: run_replay(ports.replays, step), _FOR_A_WEEK),
        "fold-tallies": Kind(lambda ports, _: fold_tallies(ports.tallies), _BRIEFLY, timedelta(seconds=10)),
        "sweep-deadlines": Kind(lambda ports, _: sweep_deadlines(ports.deadlines), _BRIEFLY, timedelta(seconds=5)),
        "allocate": Kind(lambda ports, _: allocate(ports.allocations), _BRIEFLY, timedelta(seconds=2)),
        "wake-held": Kind(lambda ports, _: wake_held(ports.waiting), _BRIEFLY, timedelta(seconds=30)),
        "watch-stock": Kind(lambda ports, _: watch_stock(ports.shelves), _BRIEFLY, timedelta(seconds=10)),
        "watch-stations": Kind(lambda ports, _: watch_stations(ports.stations), _BRIEFLY, timedelta(seconds=30)),
        "watch-outbox": Kind(lambda ports, _: watch_outbox(ports.letters), _BRIEFLY, timedelta(seconds=20)),
        "plan-visits": Kind(lambda ports, _: plan_visits(ports.visits), _BRIEFLY, timedelta(seconds=30)),
        "watch-printers": Kind(lambda ports, _: watch_printers(ports.printers), _BRIEFLY, timedelta(seconds=20)),
        "watch-everything": Kind(
            lambda ports, _: watch_everything(ports.alerts, ports.telling), _BRIEFLY, timedelta(seconds=30)
        ),
        "recount": Kind(lambda ports, _: recount(ports.alerts), _BRIEFLY, timedelta(minutes=5)),
        "tell": Kind(lambda ports, step: tell(ports.telling, ports.messenger, step), _FOR_TWO_DAYS),
        "plan-messages": Kind(lambda ports, _: plan_messages(ports.messages), _BRIEFLY, timedelta(seconds=5)),
        "deliver-message": Kind(
            lambda ports, step: deliver_message(ports.messages, ports.gateway, step), _FOR_TWO_DAYS
        ),
        "forget-alerts": Kind(lambda ports, _: forget_alerts(ports.alerts), _BRIEFLY, timedelta(hours=1)),
        "forget-housekeeping": Kind(lambda ports, _: forget_housekeeping(ports.ended), _BRIEFLY, timedelta(hours=1)),
    }
)
