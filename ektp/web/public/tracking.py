"""Following an application with resi and PIN: who may look, how often, and what a resident is told."""

from collections.abc import Callable
from enum import StrEnum
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID

import anyio
import anyio.to_thread
import structlog

from consumers.errors import StoreAway
from ektp.errors import EktpError
from ektp.reading.snapshot import snapshot
from ektp.reading.tracking import Progress, application_of, progress
from ektp.residents import contacts
from ektp.storage.secrets.pins import Checked, check_pin
from ektp.web.public.tickets import Tickets
from ektp.web.rates import Rates

if TYPE_CHECKING:
    from ektp.bootstrap import Parts

log = structlog.get_logger()
LEAST: Final = 0.5  # seconds that an answer takes, whatever was looked up for it
_AT_ONCE: Final = 1  # PIN digested at a time: it takes a core, 16 MiB, and a connection of the pool
_WAITING: Final = 32  # and no more than this wait for their turn
_BY: Final = "resident"
_NOBODY: Final = UUID(int=0)  # whose PIN is digested where a resi is nobody's


class Trouble(StrEnum):
    """Why nothing is shown; the words are under `track-...`."""

    WRONG = "wrong"  #: No such resi, not its PIN, or too many wrong ones: nobody learns which.
    OFTEN = "often"
    MISTYPED = "mistyped"
    AWAY = "away"
    EXPIRED = "expired"  #: The page was open for too long.


class Seen(NamedTuple):
    """What somebody may see who had resi and PIN, with a ticket to see it again; `stopped`: gets no messages."""

    progress: Progress
    ticket: str
    stopped: bool


class Tracking:
    """Looks applications up for those who have resi and PIN; `never_arrived` is told of each resi that is nobody's."""

    def __init__(self, parts: "Parts", never_arrived: Callable[[str], object]) -> None:
        self._parts, self._never_arrived = parts, never_arrived
        self._tickets = Tickets(lambda: parts.vault)
        self._by_address = Rates(a_minute=20, at_once=30)
        self._by_resi = Rates(a_minute=2, at_once=20)
        self._threads: anyio.CapacityLimiter | None = None

    def may_try(self, address: str, resi: str) -> bool:
        """Tell whether this address may try this resi now, and count the try."""
        return not self._by_address.take(network_of(address)) and not self._by_resi.take(resi)

    def may_look_again(self, address: str) -> bool:
        """Tell whether this address may look with a ticket now, and count it."""
        return not self._by_address.take(network_of(address))

    async def found(self, resi: str, pin: str) -> Seen | Trouble:
        """Return how far the application has come, or WRONG, in the same time. Raises StoreAway and EktpError."""
        if self._threads is None:
            self._threads = anyio.CapacityLimiter(_AT_ONCE)
        if self._threads.statistics().tasks_waiting >= _WAITING:
            return Trouble.OFTEN
        earliest = anyio.current_time() + LEAST
        answer = await anyio.to_thread.run_sync(self._look, resi, pin, limiter=self._threads)
        await anyio.sleep_until(earliest)
        return answer

    def tell_unknown(self, resi: str) -> None:
        """Say that a resi is nobody's, if it is; after the answer, so that its time tells nothing; never raises."""
        try:
            with snapshot(self._parts.engine) as connection:
                known = application_of(connection, resi)
            if known is None:
                self._never_arrived(resi)
        except (StoreAway, EktpError) as error:
            log.warning("unknown-resi-not-told", error=type(error).__name__)

    def again(self, ticket: str, wanted: bool | None = None) -> Seen | Trouble:
        """Return the same for whoever has a ticket; *wanted* says whether messages are. Raises StoreAway, EktpError."""
        application = self._tickets.read(ticket)
        if application is None:
            return Trouble.EXPIRED
        if wanted is not None:
            act = contacts.resume if wanted else contacts.stop
            act(self._parts.engine, application, _BY, self._parts.audit.chain)
        return self._seen(application)

    def _look(self, resi: str, pin: str) -> Seen | Trouble:
        parts = self._parts
        with snapshot(parts.engine) as connection:
            application = application_of(connection, resi)
        checked = check_pin(parts.engine, parts.vault, application or _NOBODY, pin)
        if application is None or checked is not Checked.RIGHT:
            return Trouble.WRONG
        return self._seen(application)

    def _seen(self, application: UUID) -> Seen:
        with snapshot(self._parts.engine) as connection:
            told = progress(connection, application, self._parts.keeping, self._parts.calendars)
            stopped = contacts.stopped(connection, application)
        return Seen(told, self._tickets.made(application), stopped)


def network_of(address: str) -> str:
    """Return what counts as one address: of IPv6 the network, for a household has all of it."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    return str(int(known) >> 64) if isinstance(known, IPv6Address) else address
