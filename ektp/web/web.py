"""What the parts of one web process share, and how a request gets at it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, cast

from sqlalchemy import Connection
from starlette.requests import HTTPConnection

from consumers.ports import Watch
from ektp.reading.snapshot import snapshot
from ektp.web.access.accounts import Accounts
from ektp.web.access.logins import Logins
from ektp.web.access.sessions import Sessions
from ektp.web.breaking import Breaking
from ektp.web.counting import Counting
from ektp.web.door.crowd import Crowd
from ektp.web.public.published import Published
from ektp.web.public.tracking import Tracking
from ektp.web.rates import Rates

if TYPE_CHECKING:
    from ektp.bootstrap import Parts
    from ektp.web.api.ears import Ears
    from ektp.web.door.journals import Journals
    from ektp.web.measures.measures import Measures
    from ektp.web.room.live import Live


@dataclass(frozen=True, slots=True)
class Web:
    """The shared things; `open_board` lets whoever sits at this machine see the board without a token."""

    parts: "Parts"
    accounts: Accounts
    sessions: Sessions
    logins: Logins
    journals: "Journals"
    live: "Live"
    measures: "Measures"
    broker: Callable[[], str | None]
    beside: Callable[[], Mapping[str, bool]]
    ears: "Ears"
    rates: Rates  #: What each station may send: events, and one for a request without any.
    crowd: Crowd
    watch: Watch
    tracking: Tracking
    verifying: Rates  #: How often an address may ask whether a letter holds.
    looking: Rates  #: How often an address may look at the published stock.
    published: Published
    counting: Counting  #: Of the messages to residents.
    open_board: bool
    breaking: Breaking | None = None  #: The simulated city that may be broken; None where the world is real.

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Give a snapshot of the store. Raises StoreAway and NotMigrated."""
        with snapshot(self.parts.engine) as connection:
            yield connection


def web_of(request: HTTPConnection) -> Web:
    """Return what the request's process shares."""
    return cast("Web", request.app.state.web)


def is_secure(request: HTTPConnection) -> bool:
    """Tell whether the request came over TLS."""
    return bool(request.scope["scheme"] == "https")


def host_of(request: HTTPConnection) -> str | None:
    """Return the host that the client thinks it speaks to, None where that is none."""
    try:
        return request.url.hostname
    except ValueError:
        return None


def is_loopback(host: str | None) -> bool:
    """Tell whether this host name or address is the machine itself."""
    if host == "localhost":
        return True
    try:
        return host is not None and ip_address(host).is_loopback
    except ValueError:
        return False
