"""The crew of one process: every part of `ektp up`, in the order in which they start."""

from typing import TYPE_CHECKING

from ektp.running.beat import Beat
from ektp.running.store import StoreKeeper
from ektp.running.supervisor import Part, Supervisor
from ektp.running.worker import StepWorker
from ektp.web.server import WebServer

if TYPE_CHECKING:
    from ektp.bootstrap import Parts


def crew(made: "Parts", host: str, port: int) -> Supervisor:
    """Return all parts, nothing started yet; the web is the last and tells how the others are."""
    server = made.server
    inner = [
        *([Part("store", lambda: StoreKeeper(server))] if server else []),
        Part("intake", made.intake),
        Part("mover", made.dead_letters),
        Part("relay", made.relay),
        Part("worker", lambda: StepWorker(made, made.broker_url())),
        Part("beat", lambda: Beat(made, made.broker_url())),
    ]
    web = Part("web", lambda: WebServer(made, host, port, beside=lambda: {part.name: part.ready for part in inner}))
    return Supervisor([*inner, web])
