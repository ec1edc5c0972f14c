"""The crew of one process: every part of `ektp up`, in the order in which they start."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ektp.running.beat import Beat
from ektp.running.store import StoreKeeper
from ektp.running.supervisor import Part, Supervisor
from ektp.running.worker import StepWorker
from ektp.web.server import WebServer

if TYPE_CHECKING:
    from ektp.bootstrap import Parts
    from ektp.web.breaking import Breaking


def crew(made: "Parts", host: str, port: int, breaking: "Callable[[Part], Breaking] | None" = None) -> Supervisor:
    """Return all parts, nothing started yet; the web is the last and tells how the others are.

    With a simulated city *breaking* is given the intake, and returns what the web breaks the city by.
    """
    server, intake = made.server, Part("intake", made.intake)
    broken = breaking(intake) if breaking else None
    inner = [
        *([Part("store", lambda: StoreKeeper(server))] if server else []),
        intake,
        Part("mover", made.dead_letters),
        Part("relay", made.relay),
        Part("worker", lambda: StepWorker(made, made.broker_url())),
        Part("beat", lambda: Beat(made, made.broker_url())),
    ]

    def web() -> WebServer:
        return WebServer(made, host, port, beside=lambda: {part.name: part.ready for part in inner}, breaking=broken)

    return Supervisor([*inner, Part("web", web)])
