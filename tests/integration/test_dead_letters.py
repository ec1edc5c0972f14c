"""The mover on a real RabbitMQ: dead letters and strange keys reach the journal, one at a time."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import pytest

from consumers.dead_letters import DEAD, STRANGE, DeadLetters
from consumers.errors import IntakeHalted, JournalUnavailable
from consumers.lanes import OpenSource
from consumers.ports import Message
from ektp.broker.console import PikaSource, queue_depths
from ektp.broker.source import KombuSource
from ektp.broker.topology import INTAKE_QUEUE
from schemas.reasons import Reason
from schemas.submission import Submission
from tests.amqp_client import Client, Milliseconds, client, recordings
from tests.conftest import Eventually
from tests.fake_journal import FakeJournal
from tests.running import running

KEY = "recorded.st337401"


@pytest.fixture
def station(amqp_url: str) -> Iterator[Client]:
    """Give a client of a broker with everything declared."""
    with client(amqp_url) as sender:
        yield sender


@pytest.fixture
def bury(amqp_url: str, station: Client, eventually: Eventually) -> Callable[..., None]:
    """Give what makes dead letters of messages, as the intake would."""

    def make(*bodies: bytes) -> None:
        station.tell(KEY, *bodies)
        source = KombuSource(amqp_url, INTAKE_QUEUE)
        buried = 0
        while buried < len(bodies):
            for message in source.fetch(100, 5):
                source.refuse(message)
                buried += 1
        source.close()
        eventually(lambda: queue_depths(amqp_url)[DEAD][0] == len(bodies))

    return make


@pytest.fixture(params=[KombuSource, PikaSource])
def open_source(request: pytest.FixtureRequest, amqp_url: str) -> OpenSource:
    """Give what opens sources of one kind or the other."""
    return partial(request.param, amqp_url)


def reasons(journal: FakeJournal) -> list[Reason | None]:
    """Return why each submission was refused; None for a good event."""
    return [submission.refusal.reason if submission.refusal else None for submission in journal.applied]


def test_a_healthy_dead_letter_is_applied(
    amqp_url: str, open_source: OpenSource, bury: Callable[..., None], eventually: Eventually
) -> None:
    """It was only beside the guilty one; each is offered alone, as from its station."""
    sent = recordings(3)
    bury(*sent.values())
    journal = FakeJournal()
    assert DeadLetters(journal, open_source).drain(DEAD) == 3
    assert [len(batch) for batch in journal.batches] == [1, 1, 1]
    assert journal.ids == set(sent)
    assert {submission.sender for submission in journal.applied} == {"st337401"}
    eventually(lambda: queue_depths(amqp_url)[DEAD] == (0, 0))


def test_only_what_fails_alone_is_parked(open_source: OpenSource, bury: Callable[..., None]) -> None:
    """With its body as it came, and a detail that tells nothing of it."""
    guilty, healthy = recordings(2).values()

    def fail(submission: Submission) -> None:
        if submission.event is not None and submission.body == guilty:
            raise ZeroDivisionError(submission.body)

    bury(guilty, healthy)
    journal = FakeJournal(before=fail)
    DeadLetters(journal, open_source).drain(DEAD)
    assert reasons(journal) == [Reason.UNDELIVERABLE, None]
    parked = journal.applied[0]
    assert (parked.body, parked.sender) == (guilty, "st337401")
    assert parked.refusal is not None
    assert parked.refusal.detail == "failed with ZeroDivisionError"


def test_a_strange_key_is_parked_as_such(station: Client, open_source: OpenSource) -> None:
    """With whatever else it is."""
    (body,) = recordings(1).values()
    station.tell("recorded.st337401.later", body)
    journal = FakeJournal()
    assert DeadLetters(journal, open_source).drain(STRANGE) == 1
    assert reasons(journal) == [Reason.KEY_NOT_UNDERSTOOD]
    assert journal.applied[0].body == body


def test_nothing_is_settled_before_the_commit(
    amqp_url: str, open_source: OpenSource, bury: Callable[..., None], eventually: Eventually
) -> None:
    """While the store is away the letter is kept, not given back, and then applied."""
    bury(*recordings(1).values())
    journal = FakeJournal(*[JournalUnavailable("gone")] * 3)
    assert DeadLetters(journal, open_source).drain(DEAD) == 1
    assert journal.refused == 3
    assert len(journal.applied) == 1
    eventually(lambda: queue_depths(amqp_url)[DEAD] == (0, 0))


def test_a_bad_deploy_leaves_the_letter_where_it_is(
    amqp_url: str, open_source: OpenSource, bury: Callable[..., None], eventually: Eventually
) -> None:
    """It is not its fault."""
    bury(*recordings(2).values())
    with pytest.raises(IntakeHalted):
        DeadLetters(FakeJournal(IntakeHalted("KeyError", 5)), open_source).drain(DEAD)
    eventually(lambda: queue_depths(amqp_url)[DEAD] == (2, 0))


def test_the_mover_goes_on_until_it_is_stopped(
    station: Client, open_source: OpenSource, bury: Callable[..., None], eventually: Eventually
) -> None:
    """Both queues, whatever comes when."""
    (first,) = recordings(1).values()
    journal = FakeJournal()
    with running(DeadLetters(journal, open_source)):
        station.tell("strange", first)
        eventually(lambda: reasons(journal) == [Reason.KEY_NOT_UNDERSTOOD])
        station.tell("stranger", b"{")
        eventually(lambda: len(journal.applied) == 2)


def test_a_letter_that_ends_this_process_too_is_parked_unseen(
    station: Client, open_source: OpenSource, bury: Callable[..., None]
) -> None:
    """After ten deaths it is no longer looked at."""
    guilty, healthy = recordings(2).values()

    class Died(BaseException):
        """The process ended here."""

    def kill(submission: Submission) -> None:
        if submission.event is not None and submission.body == guilty:
            raise Died

    bury(guilty, healthy)
    journal = FakeJournal(before=kill)
    deaths = 0
    while len(journal.applied) < 2:
        try:
            DeadLetters(journal, open_source).drain(DEAD)
        except Died:
            deaths += 1
    assert deaths == 10
    assert sorted(map(str, reasons(journal))) == ["None", "undeliverable"]


def test_a_strange_message_that_no_library_can_read_is_parked(amqp_url: str, station: Client) -> None:
    """With KombuSource; pika would lose its connection over it, again and again."""
    station.send("strange", b"{}", content_type="text/plain", headers={"sent": Milliseconds.now()})
    journal = FakeJournal()
    assert DeadLetters(journal, partial(KombuSource, amqp_url)).drain(STRANGE) == 1
    assert reasons(journal) == [Reason.CONTENT_TYPE_NOT_ALLOWED]


class Noted:
    """A Watch that keeps what it is told."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def note(self, messages: Sequence[Message], submissions: Sequence[Submission]) -> None:
        """Keep the key and the sender of each."""
        self.seen += [(one.routing_key, told.sender) for one, told in zip(messages, submissions, strict=True)]


def test_the_watch_hears_of_a_dead_letter_too(bury: Callable[..., None], open_source: OpenSource) -> None:
    """It arrived, if by a detour: its running number is not missing."""
    (body,) = recordings(1).values()
    bury(body)
    watch = Noted()
    assert DeadLetters(FakeJournal(), open_source, watch=watch).drain(DEAD) == 1
    assert watch.seen == [(KEY, "st337401")]
