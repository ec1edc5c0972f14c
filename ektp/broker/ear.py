"""Listening to what leaves: a queue of one's own, bound to an exchange, gone when nobody listens any more."""
# mypy: allow-untyped-calls

from collections.abc import Sequence
from typing import Any, Final

from ektp.broker import topology
from ektp.broker.connection import Link
from ektp.broker.in_process import is_in_process
from ektp.broker.source import KombuSource

BEHIND: Final = 10_000  # letters that may wait for a slow listener; older ones are dropped


class Ear(KombuSource):
    """Hears the letters of an exchange whose key matches, from now on; opens at once. Raises SourceLost."""

    def __init__(self, url: str, pattern: str = "#", exchange: str = topology.NOTICES) -> None:
        # The in-process broker knows no bound: there `heard` keeps it.
        self._limits = None if is_in_process(url) else {"x-max-length": BEHIND}
        self._exchange = exchange
        super().__init__(url, pattern, prefetch=100, linger=0.0)

    def heard(self, seconds: float) -> Sequence[bytes]:
        """Return the bodies that came, oldest first; wait up to `seconds` for the first. Raises SourceLost."""
        letters = self.fetch(100, seconds)
        if letters:
            self.settle(letters[-1])
        if self._limits is None:
            self._keep_bound()
        return [letter.body for letter in letters]

    def _prepare(self, link: Link, queue: str) -> tuple[Any, str]:
        channel = link.channel()
        own = channel.queue_declare("", exclusive=True, auto_delete=True, durable=False, arguments=self._limits)
        self._name = str(own.queue)
        channel.queue_bind(self._name, self._exchange, queue)
        return channel, self._name

    def _keep_bound(self) -> None:
        with self._watched():
            if self._channel.queue_declare(self._name, passive=True).message_count > BEHIND:
                self._channel.queue_purge(self._name)
