"""Nobody in who does not belong: every attempt is refused by the broker or parked with its reason."""

from collections import Counter
from collections.abc import Iterator

import pika.exceptions
import pytest

from schemas.reasons import Reason
from tests.conftest import Eventually
from tests.e2e.accounts import rows, violations
from tests.e2e.conftest import Figures
from tests.e2e.forgeries import FORGED, Forgery, key_of
from tests.e2e.logins import LOGINS
from tests.e2e.pipeline import Pipeline
from tests.e2e.refusals import REFUSED, Attempt
from tests.e2e.town_of_accounts import Town, town
from tests.servers.rabbit import PrivateRabbit


@pytest.fixture
def people(pipeline: Pipeline, rabbit: PrivateRabbit, eventually: Eventually) -> Iterator[Town]:
    """Give the town."""
    with town(pipeline, rabbit, eventually) as made:
        yield made


def answer_to(attempt: Attempt, people: Town) -> str:
    """Try it, and return the code with which the broker refused."""
    try:
        with people.channel(people.login(attempt.who).url) as channel:
            attempt.act(channel, people)
    except pika.exceptions.ChannelClosedByBroker as closed:
        return str(closed.reply_code)
    return "done"


def fate_of(forgery: Forgery, people: Town, eventually: Eventually) -> str:
    """Send it, and return as what it was parked."""
    forgery.prepare(people)
    event = forgery.event(people)
    properties = forgery.properties(people)
    known, counted = {row[0] for row in parked(people)}, counts(people)
    try:
        people.send(forgery.who, key_of(forgery, people, event), event, **properties)
    except pika.exceptions.ChannelClosedByBroker as closed:
        return forgery.expected if forgery.or_refused else str(closed.reply_code)
    found = eventually(lambda: [row for row in parked(people) if row[0] not in known])
    assert len(found) == 1, found
    _, reason, sender = found[0]
    assert sender != people.name("honest"), f"{forgery.what}: the victim would be told"
    broken = list((counts(people) - counted).elements())
    assert (reason == Reason.SENDER_NOT_ALLOWED) == (len(broken) == 1), (reason, broken)
    return broken[0] if broken else reason


def parked(people: Town) -> list[tuple[str, str, str]]:
    """Return id, reason and sender of everything that was parked."""
    found = rows(people.pipeline, "select id, reason, sender from parked")
    return [(str(identity), reason, sender) for identity, reason, sender in found]


def counts(people: Town) -> Counter[str]:
    """Return how often each rule was broken."""
    query = "select key, sum(delta)::int from tallies where kind = 'security' group by key"
    return Counter(dict(rows(people.pipeline, query)))


@pytest.mark.slow
def test_every_forgery_is_refused_or_parked_and_the_honest_neighbour_is_applied(
    people: Town, eventually: Eventually, figures: Figures
) -> None:
    """After each attempt the honest station records somebody, and that is applied."""
    told = [(entry.what, entry.expected, entry.act(people)) for entry in LOGINS]
    for attempt in REFUSED:
        told.append((attempt.what, attempt.expected, answer_to(attempt, people)))
        people.applied(people.recorded())
    for forgery in FORGED:
        told.append((forgery.what, forgery.expected, fate_of(forgery, people, eventually)))
        people.applied(people.recorded())
    for what, expected, answered in told:
        figures(f"forging: {what:<58} {answered}" + ("" if answered == expected else f"  EXPECTED {expected}"))
    assert [(what, answered) for what, expected, answered in told if answered != expected] == []
    figures(f"forging: {len(told)} attempts, {len(REFUSED) + len(FORGED)} recordings of the neighbour applied")
    assert violations(people.pipeline) == {}
