"""Whether somebody may sign in: the same answer after the same time, whatever was wrong; and not too often."""

from typing import Final

import anyio
import anyio.to_thread

from ektp.people.people import People
from ektp.storage.people.login_failures import PostgresLoginFailures
from ektp.web.errors import Busy, TooMany
from ektp.web.public.tracking import network_of

LEAST: Final = 0.5  # seconds that an answer takes, whatever was looked up for it
_AT_ONCE: Final = 2  # passwords digested at a time: each takes a core and 64 MiB
_WAITING: Final = 32  # and no more than this wait for their turn


class Logins:
    """Looks at names and passwords, and counts the tries of a name and of an address."""

    def __init__(self, people: People, failures: PostgresLoginFailures) -> None:
        self.people, self._failures = people, failures
        self._threads: anyio.CapacityLimiter | None = None

    async def known(self, name: str, password: str, address: str) -> bool:
        """Tell whether this is somebody who may sign in. Raises TooMany, Busy and StoreAway."""
        if self._threads is None:
            self._threads = anyio.CapacityLimiter(_AT_ONCE)
        if self._threads.statistics().tasks_waiting >= _WAITING:
            raise Busy("too many sign in at this moment: try again")
        earliest = anyio.current_time() + LEAST
        found = await anyio.to_thread.run_sync(self._look, name, password, network_of(address), limiter=self._threads)
        await anyio.sleep_until(earliest)
        return found

    def _look(self, name: str, password: str, network: str) -> bool:
        if seconds := self._failures.take(name, network):
            raise TooMany(seconds)
        found = self.people.knows(name, password)
        if found:
            self._failures.right(name, network)
        return found
