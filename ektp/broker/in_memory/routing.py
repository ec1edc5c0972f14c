"""Which queues a message reaches: exchanges and their bindings."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from amqp.exceptions import NotFound, PreconditionFailed  # type: ignore[import-untyped]

KINDS: Final = frozenset({"direct", "topic", "fanout"})
_ALTERNATE: Final = "alternate-exchange"
_REMEMBERED: Final = 10_000  # routes; a key may hold anything, so their number must have an end

Matches = Callable[[str], object]


class Routing:
    """Exchanges and bindings; not safe for threads by itself."""

    def __init__(self) -> None:
        self._exchanges: dict[str, dict[str, object]] = {}
        self._bindings: dict[str, dict[tuple[str, str], Matches]] = {}
        self._routes: dict[tuple[str, str], tuple[str, ...]] = {}

    def declare(self, name: str, traits: Mapping[str, object]) -> None:
        """Add an exchange; `traits` are its type, flags and arguments. Raises PreconditionFailed."""
        if traits["type"] not in KINDS:
            raise PreconditionFailed(f"PRECONDITION_FAILED - exchange type '{traits['type']}' is not known here")
        insist_on_equal(f"exchange '{name}'", self._exchanges.setdefault(name, dict(traits)), traits)
        self._bindings.setdefault(name, {})
        self._routes.clear()

    def check(self, name: str) -> None:
        """Raise NotFound when there is no such exchange."""
        if name and name not in self._exchanges:
            raise NotFound(f"NOT_FOUND - no exchange '{name}'")

    def delete(self, name: str) -> None:
        """Remove an exchange with its bindings."""
        self._exchanges.pop(name, None)
        self._bindings.pop(name, None)
        self._routes.clear()

    def bind(self, exchange: str, queue: str, key: str) -> None:
        """Bind a queue. Raises NotFound."""
        self.check(exchange)
        self._bindings[exchange][queue, key] = _matcher(str(self._exchanges[exchange]["type"]), key)
        self._routes.clear()

    def unbind(self, exchange: str, queue: str, key: str) -> None:
        """Undo a binding, if it is there."""
        self._bindings.get(exchange, {}).pop((queue, key), None)
        self._routes.clear()

    def forget_queue(self, queue: str) -> None:
        """Undo all bindings of a queue."""
        for bindings in self._bindings.values():
            for bound in [bound for bound in bindings if bound[0] == queue]:
                del bindings[bound]
        self._routes.clear()

    def route(self, exchange: str, key: str) -> tuple[str, ...]:
        """Return the queues that get a message, each once; the alternate exchange's where there are none.

        Raises NotFound when there is no such exchange.
        """
        if (found := self._routes.get((exchange, key))) is not None:
            return found
        self.check(exchange)
        if len(self._routes) >= _REMEMBERED:
            self._routes.clear()
        found = self._routes[exchange, key] = self._find(exchange, key)
        return found

    def _find(self, exchange: str, key: str) -> tuple[str, ...]:
        asked: set[object] = set()
        current: object = exchange
        while current not in asked and isinstance(current, str) and current in self._exchanges:
            found = dict.fromkeys(queue for (queue, _), matches in self._bindings[current].items() if matches(key))
            if found:
                return tuple(found)
            asked.add(current)
            current = self._exchanges[current].get(_ALTERNATE)
        return ()


def insist_on_equal(what: str, known: Mapping[str, object], wanted: Mapping[str, object]) -> None:
    """Raise PreconditionFailed naming the first trait in which something declared anew differs."""
    for name in sorted({*known, *wanted}):
        if known.get(name) != wanted.get(name):
            raise PreconditionFailed(
                f"PRECONDITION_FAILED - inequivalent arg '{name}' for {what}: "
                f"received {wanted.get(name)!r} but current is {known.get(name)!r}"
            )


def topic_pattern(key: str) -> re.Pattern[str]:
    """Return what matches `words(routing key)`: `*` is one word (it may be empty), `#` is zero or more."""
    wildcards = {"*": r"[^.]*\.", "#": r"(?:[^.]*\.)*"}
    return re.compile("".join(wildcards.get(word, re.escape(word) + r"\.") for word in _split(key)))


def words(key: str) -> str:
    """Return a key with every word ended by a dot, so that no words and one empty word differ."""
    return f"{key}." if key else ""


def _split(key: str) -> list[str]:
    return key.split(".") if key else []


def _matcher(kind: str, bound: str) -> Matches:
    if kind == "fanout":
        return lambda _key: True
    if kind == "direct":
        return lambda key: key == bound
    pattern = topic_pattern(bound)
    return lambda key: pattern.fullmatch(words(key))
