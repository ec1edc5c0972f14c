"""What a subscriber is to hear: which notices of which offices, and so by which keys its queue is bound."""

import re
from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from schemas.nik import holds_nik
from schemas.notices import NOTICES
from schemas.places import place
from schemas.roles import covers
from workflows.errors import SubscriptionRefused

ALL: Final = "all"
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{2,31}", re.ASCII)


class Subscription(NamedTuple):
    """A subscriber by name; no notice named is every one, also those that are still to come, no office the country."""

    name: str
    notices: tuple[str, ...] = ()
    offices: tuple[str, ...] = ()

    @property
    def keys(self) -> frozenset[str]:
        """The keys by which its queue is bound: `#` also stands for no word at all."""
        if not self.offices:
            return frozenset(f"{notice}.#" for notice in self.notices) or frozenset({"#"})
        return frozenset(f"{notice}.{office}.#" for notice in self.notices or ("*",) for office in self.offices)

    @property
    def pattern(self) -> str:
        """The same as a pattern of the keys (`<notice>.<office>`) that come to it, for Python and for PostgreSQL."""
        offices = "|".join(one.replace(".", r"\.") for one in self.offices)
        notices = "|".join(self.notices)
        return f"^({notices or '[^.]+'})" + (rf"\.({offices})(\.|$)" if offices else r"(\.|$)")


class Bound(NamedTuple):
    """How the bindings of a queue differ from what they should be; `foreign` are of an exchange and a key."""

    missing: tuple[str, ...]
    foreign: tuple[tuple[str, str], ...]


def is_subscriber(name: object) -> bool:
    """Tell whether a subscriber can have this name; nothing in it means something in a pattern, and a NIK is none."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None and not holds_nik(name)


def subscription(name: str, notices: Iterable[str], offices: Iterable[str]) -> Subscription:
    """Return what somebody wrote; `all` stands for every notice or office. Raises SubscriptionRefused."""
    if not is_subscriber(name):
        raise SubscriptionRefused("a subscriber's name has 3 to 32 signs of a-z, 0-9 and -, and begins with a letter")
    heard, regions = _listed("notices", notices), _listed("office", offices)
    if strange := [one for one in heard if one not in NOTICES]:
        raise SubscriptionRefused(f"there is no notice {strange[0]}: {', '.join(NOTICES)}, or all")
    if unknown := [one for one in regions if place(one) is None]:
        raise SubscriptionRefused(f"no region has the code {unknown[0]} (33, 33.74, 33.74.10); all is the country")
    widest = [one for one in regions if not any(other != one and covers(other, one) for other in regions)]
    return Subscription(name, tuple(heard), tuple(widest))


def compared(wanted: Subscription, exchange: str, found: Collection[tuple[str, str]]) -> Bound:
    """Compare what a queue is bound by (exchange and key) with what it should be: to this exchange alone."""
    right = {(exchange, key) for key in wanted.keys}
    missing = sorted(key for _, key in right - set(found))
    return Bound(tuple(missing), tuple(sorted(set(found) - right)))


def _listed(what: str, given: Iterable[str]) -> list[str]:
    words = sorted({word.strip() for one in given for word in one.split(",")} - {""})
    if not words:
        raise SubscriptionRefused(f"{what}: name at least one, or all")
    if words == [ALL]:
        return []
    if ALL in words:
        raise SubscriptionRefused(f"{what}: all stands alone")
    return words
