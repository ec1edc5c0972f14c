"""Which keys a subscriber's queue is bound by, what comes to it by them, and what was changed by hand."""

import re
from datetime import timedelta
from itertools import product
from typing import Final

import pytest

from schemas.notices import NOTICES
from workflows.errors import SubscriptionRefused
from workflows.following import BEHIND, UNBOUND, Follower, FollowingLimits, following
from workflows.subscriptions import Bound, Subscription, compared, is_subscriber, subscription

PRINTED: Final = "application-printed"
KEYS: Final = [f"{notice}.{office}" for notice in NOTICES for office in ("33.74", "33.74.10", "33.19", "11.01.2", "3")]
SUBSCRIPTIONS: Final = [
    Subscription("sms", notices, offices)
    for notices, offices in product(
        [(), (PRINTED,), ("review-opened", "stock-low")], [(), ("33",), ("33.74.10",), ("11.01", "33.19")]
    )
]


def as_topic(binding: str, key: str) -> bool:
    """Match a key as a topic exchange does: `*` is one word, `#` any number of them."""
    words = {"*": r"[^.]+", "#": ""}
    parts = [words.get(word, re.escape(word)) for word in binding.split(".")]
    if binding.endswith("#"):
        head = r"\.".join(parts[:-1])
        return re.fullmatch(rf"{head}(\..+)?" if head else ".*", key) is not None
    return re.fullmatch(r"\.".join(parts), key) is not None


@pytest.mark.parametrize("wanted", SUBSCRIPTIONS, ids=lambda one: "+".join(sorted(one.keys)))
def test_the_pattern_finds_in_our_records_what_the_bindings_bring(wanted: Subscription) -> None:
    """What is replayed is what it would have heard, for every notice and for offices that look alike."""
    brought = [key for key in KEYS if any(as_topic(binding, key) for binding in wanted.keys)]
    assert [key for key in KEYS if re.search(wanted.pattern, key)] == brought
    assert brought


def test_a_subscription_is_read_as_somebody_writes_it() -> None:
    """Commas or several options, any order; what lies in another region named is left out."""
    read = subscription("sms", ["review-opened,application-printed", "stock-low"], ["33.74", "33.74.10", "11.01"])
    assert read == Subscription("sms", (PRINTED, "review-opened", "stock-low"), ("11.01", "33.74"))
    assert subscription("sms", ["all"], ["all"]).keys == {"#"}
    assert subscription("sms", ["all"], ["33.74"]).keys == {"*.33.74.#"}
    assert subscription("sms", [PRINTED], ["33.74"]).keys == {"application-printed.33.74.#"}


@pytest.mark.parametrize(
    ("name", "notices", "offices", "words"),
    [
        ("sm", ["all"], ["all"], "3 to 32"),
        ("SMS", ["all"], ["all"], "3 to 32"),
        ("sms.b", ["all"], ["all"], "3 to 32"),
        ("n3374106508990001", ["all"], ["all"], "3 to 32"),
        ("sms", ["printed"], ["all"], "application-printed"),
        ("sms", ["all,stock-low"], ["all"], "stands alone"),
        ("sms", [""], ["all"], "at least one"),
        ("sms", ["all"], ["99"], "no region"),
    ],
)
def test_what_cannot_be_meant_is_refused(name: str, notices: list[str], offices: list[str], words: str) -> None:
    """With what may be written."""
    with pytest.raises(SubscriptionRefused, match=words):
        subscription(name, notices, offices)


def test_no_name_means_something_in_a_pattern() -> None:
    """Neither to the broker, which reads rights as patterns, nor at a line's end."""
    assert is_subscriber("sms-gateway")
    assert not any(is_subscriber(name) for name in ("sms.*", "sms\n", "sms|a", "-sms", None, 7))


def test_bindings_are_compared_with_what_was_registered() -> None:
    """One that is gone, one of another key, one of another exchange."""
    wanted = Subscription("sms", (PRINTED, "stock-low"), ("33.74",))
    right = [("ektp.notices", key) for key in wanted.keys]
    assert compared(wanted, "ektp.notices", right) == Bound((), ())
    found = [right[0], ("ektp.notices", "#"), ("ektp.requests", "stock-low.33.74.#")]
    missing = tuple(wanted.keys - {right[0][1]})
    assert compared(wanted, "ektp.notices", found) == Bound(missing, tuple(sorted(found[1:])))


@pytest.mark.parametrize(
    ("follower", "rules"),
    [
        (Follower("sms", lag=0, age=timedelta(), bound=Bound((), ())), []),
        (Follower("sms", lag=99, age=timedelta(minutes=29), bound=Bound((), ())), []),
        (Follower("sms", lag=1, age=timedelta(minutes=30), bound=Bound((), ())), [BEHIND]),
        (Follower("sms", paused=True, lag=100, age=None, bound=Bound((), ())), [BEHIND]),
        (Follower("sms", lag=None, age=None), []),
        (Follower("sms", lag=0, bound=Bound(("#",), ())), [UNBOUND]),
        (Follower("sms", lag=0, bound=Bound((), (("ektp.notices", "#"),))), [UNBOUND]),
        (Follower("sms", faults=("account sms is missing",)), [UNBOUND]),
    ],
)
def test_who_is_behind_or_changed_by_hand_is_found(follower: Follower, rules: list[str]) -> None:
    """And what nobody knows is no finding."""
    found = list(following([follower], FollowingLimits(lag=100)))
    assert [(one.rule, one.about) for one in found] == [(rule, "sms") for rule in rules]
