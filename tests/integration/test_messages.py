"""Messages on a real store: planned without a gap, delivered once, and what keeps one from being sent."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

from ektp.reading.snapshot import snapshot
from ektp.residents.contacts import bounce, resume, stop, stopped
from ektp.step_ports import step_runner
from ektp.storage.simulated_clock import begin_simulation, set_simulated_now
from schemas.resident import RESIDENT
from tests.histories import History, recorded_again
from tests.residents import WAITING, Residents, residents_on, with_contact
from workflows.steps.kinds import KINDS

_POST = """
insert into outbox (id, application, slot, exchange, routing_key, body) values
(%s, %s, 0, 'ektp.notices', 'application-failed.33.74.10',
 json_build_object('sequence', 2, 'time', '2026-02-12T12:00:00+00:00', 'data', json_build_object())::text)
"""


@pytest.fixture
def residents(database_url: str, tmp_path: Path) -> Iterator[Residents]:
    """Give a store in which residents are told."""
    with residents_on(database_url, tmp_path) as made:
        yield made


def told() -> History:
    """Return somebody recorded who has a telephone."""
    return with_contact(History().recorded())


def test_a_resident_is_told_of_every_fact_once(residents: Residents) -> None:
    """However often somebody plans and delivers; in the sink is what they read, and of the address a digest."""
    history = told().failed("ENROLL_FAILURE_AT_CENTRAL").deleted()
    residents.tell(history)
    assert (residents.plan(), residents.plan()) == (3, 0)
    residents.deliver()
    residents.deliver()
    found = residents.sink
    assert [one["notice"] for one in found] == ["application-recorded", "application-failed", "re-recording-required"]
    assert len({one["id"] for one in found}) == len({one["fact"] for one in found}) == 3
    assert "lensa kontak" in found[2]["text"]
    assert "fotokopi KK" in found[2]["text"]
    assert "Senin-Jumat 08.00-15.00" in found[2]["text"]
    assert "811" not in residents.folder.joinpath(next(residents.folder.iterdir())).read_text()
    assert set(residents.states().values()) == {"sent"}
    assert residents.sql("select count(*) from steps where kind = 'deliver-message' and state <> 'done'") == [(0,)]


def test_what_a_slow_transaction_wrote_first_is_told_too(residents: Residents, database_url: str) -> None:
    """A lower number that is committed later is not passed over, and neither is one whose own transaction is older."""
    applications = [told(), told()]
    residents.tell(*applications)
    assert residents.plan() == 2
    with psycopg.connect(database_url) as slow, psycopg.connect(database_url) as quick:
        slow.execute("select pg_current_xact_id()")
        quick.execute(_POST, [uuid4(), applications[0].application])
        quick.commit()
        slow.execute(_POST, [uuid4(), applications[1].application])
        assert residents.plan() == 0  # the quick one waits for whoever may still write before it
        slow.commit()
    assert residents.plan() == 2
    with psycopg.connect(database_url) as slow, psycopg.connect(database_url) as quick:
        slow.execute(_POST, [uuid4(), applications[1].application])
        quick.execute(_POST, [uuid4(), applications[0].application])
        quick.commit()
        assert residents.plan() == 0
        slow.commit()
    assert residents.plan() == 2
    with psycopg.connect(database_url) as reader:
        reader.execute("begin isolation level repeatable read")
        reader.execute("select count(*) from messages")
        residents.tell(told())
        assert residents.plan() == 1, "whoever only reads holds nobody up"


def test_what_an_application_tells_is_told_in_its_order(residents: Residents) -> None:
    """Whichever worker comes first: the later one waits for the one before it."""
    residents.tell(told().failed("ENROLL_FAILURE_AT_CENTRAL").deleted())
    residents.plan()
    runner = step_runner(residents.parts, KINDS, 30.0)
    for (step,) in reversed(residents.sql(WAITING)):
        runner.run(step)
    assert [one["notice"] for one in residents.sink] == ["application-recorded"]
    residents.deliver()
    assert [one["notice"] for one in residents.sink][1:] == ["application-failed", "re-recording-required"]


def test_without_a_contact_nobody_is_told_and_the_office_knows(residents: Residents) -> None:
    """The row says so, and the step has ended."""
    residents.tell(History().recorded())
    residents.plan()
    residents.deliver()
    assert residents.states() == {"application-recorded": "nobody"}
    assert residents.sink == []


def test_each_is_told_in_their_own_language(database_url: str, tmp_path: Path) -> None:
    """Else in the office's, else in Indonesian; of a language that nobody wrote the office's takes the place."""
    config = '[offices."33.74.10".messages]\nlanguage = "en"\n'
    with residents_on(database_url, tmp_path, config) as residents:
        people = [
            with_contact(History().recorded(), "whatsapp", "0811000001", language="jv"),
            with_contact(History().recorded(), "email", "contoh@example.invalid"),
            with_contact(History().recorded(), "sms", "0811000003", language="xx"),
        ]
        residents.tell(*people)
        residents.plan()
        residents.deliver()
        assert sorted(one["language"] for one in residents.sink) == ["en", "en", "jv"]
        assert any("panjenengan" in one["text"] for one in residents.sink)


def test_quiet_hours_are_those_of_the_offices_own_clock(database_url: str, tmp_path: Path) -> None:
    """What comes at night waits for the morning; the step is asked again then and not before."""
    night = datetime(2026, 2, 12, 14, 30, tzinfo=UTC)  # 21:30 in Semarang
    with residents_on(database_url, tmp_path, '[messages]\nquiet = "20:00-07:00"\n') as residents:
        begin_simulation(residents.parts.engine, night)
        residents.tell(told())
        residents.plan()
        residents.deliver()
        assert residents.sink == []
        morning = datetime(2026, 2, 13, 0, 0, tzinfo=UTC)
        assert residents.sql("select held_until from messages") == [(morning,)]
        assert residents.sql("select due from steps where kind = 'deliver-message'") == [(morning,)]
        set_simulated_now(residents.parts.engine, morning)
        residents.deliver()
        assert len(residents.sink) == 1
        assert residents.sql("select held_until, sent from messages") == [(None, morning)]


def test_who_wants_none_gets_none_and_so_does_the_same_telephone(residents: Residents) -> None:
    """Of another application too, until it is taken back."""
    mine, family = told(), with_contact(History().recorded(), "whatsapp", "0811-000-001")
    residents.tell(mine)
    residents.plan()
    residents.deliver()
    stop(residents.parts.engine, mine.application, "resident")
    stop(residents.parts.engine, mine.application, "resident")
    residents.tell(family)
    residents.plan()
    residents.deliver()
    assert residents.states(family.application) == {"application-recorded": "stopped"}
    with snapshot(residents.parts.engine) as connection:
        assert [stopped(connection, one.application) for one in (mine, family)] == [True, True]
        assert not stopped(connection, uuid4())
    resume(residents.parts.engine, family.application, "resident")
    with snapshot(residents.parts.engine) as connection:
        assert [stopped(connection, one.application) for one in (mine, family)] == [False, False]
    other = with_contact(History().recorded(), "sms", "+62811000001")
    residents.tell(other)
    residents.plan()
    residents.deliver()
    assert residents.states(other.application) == {"application-recorded": "sent"}


def test_what_came_back_is_used_no_more_until_a_new_contact_is_given(residents: Residents) -> None:
    """The message is bounced, and the next ones to the same address are not sent; to another they are."""
    history = told()
    residents.tell(history)
    residents.plan()
    residents.deliver()
    (message,) = residents.sink
    assert bounce(residents.parts.engine, UUID(message["id"]), "gateway", "550") is True
    assert bounce(residents.parts.engine, UUID(message["id"]), "gateway", "550") is False
    residents.tell(history.failed("ENROLL_FAILURE_AT_CENTRAL").deleted())
    residents.plan()
    residents.deliver()
    assert set(residents.states().values()) == {"bounced"}
    residents.tell(with_contact(history.recorded(2), "email", "contoh@example.invalid"))
    residents.plan()
    residents.deliver()
    assert residents.states()["application-recorded"] in {"sent", "bounced"}
    assert [one["channel"] for one in residents.sink] == ["sms", "email"]


def test_a_gateways_pace_is_kept_by_slots(database_url: str, tmp_path: Path) -> None:
    """Each message has its turn, and waits for it; nobody has the same."""
    (tmp_path / "sms.url").write_text("json://127.0.0.1:9/{address}")
    config = '[messages.gateways.sms]\nurl_file = "sms.url"\na_minute = 30\n'
    with residents_on(database_url, tmp_path, config) as residents:
        start = datetime(2026, 2, 12, 3, 0, tzinfo=UTC)
        begin_simulation(residents.parts.engine, start)
        residents.tell(*(told() for _ in range(4)))
        residents.plan()
        residents.deliver()
        slots = [one for (one,) in residents.sql("select slot from messages where slot is not null order by slot")]
        # The first had its turn at once, and was refused by a gateway that is not there.
        assert slots == [start + timedelta(seconds=2 * number) for number in (1, 2, 3)]
        assert residents.sql("select because, tries from messages where slot is null") == [("NotReached", 1)]


def test_every_notice_that_has_words_is_told_and_some_when_told_so(database_url: str, tmp_path: Path) -> None:
    """`tell` of an office narrows it."""
    config = '[offices."33.74".messages]\ntell = ["re-recording-required"]\n'
    with residents_on(database_url, tmp_path, config) as residents:
        residents.tell(recorded_again())
        residents.plan()
        assert list(residents.states()) == ["re-recording-required"]
        assert set(RESIDENT) > set(residents.states())
