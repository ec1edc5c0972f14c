"""The watch over everything on a real store: what is the matter opens an alert, and closes it when it is over."""

from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Engine, text

from consumers.errors import LinkLost
from consumers.journal import Journal
from consumers.timekeeper import Timekeeper
from ektp.alerting import watch_on
from ektp.config.config import Config
from ektp.reading.alerts import Wanted, alerts
from ektp.reading.snapshot import snapshot
from ektp.storage.alerts.watch import PostgresAlertWatch
from ektp.storage.steps.housekeeping import keep_house
from tests.histories import History
from tests.plain_time import PLAIN
from tests.web_client import parts_on
from workflows.watch import Limits

CALM = {"ektp.intake": (3, 1), "ektp.intake.late": (0, 1), "ektp.steps": (0, 1)}
PARKED = """
insert into parked (id, door, sender, office, reason, detail, sealed, digest, received)
values (gen_random_uuid(), 'amqp', '{sender}', '33.74.10', 'bad-data', '', '', '', ektp_now() - interval '{ago}')
"""


class Broker:
    """The depths of its queues, or nobody who tells them."""

    def __init__(self) -> None:
        self.depths: dict[str, tuple[int, int]] | None = dict(CALM)

    def __call__(self) -> dict[str, tuple[int, int]]:
        """Return the depths."""
        if self.depths is None:
            raise LinkLost("broker", "gone")
        return self.depths


class Town:
    """A store with its watch; what is planted is SQL."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.broker = engine, Broker()
        self.watch = PostgresAlertWatch(engine, PLAIN, Limits(), lambda _year: True, self.broker)

    def plant(self, statement: str, **values: Any) -> None:
        """Change something behind everybody's back."""
        with self.engine.begin() as connection:
            connection.execute(text(statement), values)

    def open(self) -> dict[str, dict[str, Any]]:
        """Return the open alerts by what they are about."""
        with snapshot(self.engine) as connection:
            return {f"{one['rule']} {one['about']}": one for one in alerts(connection)}


@pytest.fixture
def town(engine: Engine) -> Town:
    """Give an empty store and a calm broker."""
    return Town(engine)


def test_in_a_store_that_works_nothing_is_the_matter(town: Town, open_journal: Callable[[], Journal]) -> None:
    """With applications in it, right counts, and letters that have just been written."""
    open_journal().apply([one for _ in range(3) for one in History().recorded().verified().submissions()])
    assert town.watch.watch() == town.watch.recount() == []
    assert town.open() == {}


@pytest.mark.parametrize(
    ("planted", "name", "facts", "mended"),
    [
        (("insert into outbox (id, application, slot, exchange, routing_key, body, created) values (gen_random_uuid(),"
         " gen_random_uuid(), 1, 'x', 'y', '{}', now() - interval '6 minutes')"),
         "outbox-old outbox", {"pending": 1}, "update outbox set sent = now()"),
        ("insert into stock_alerts (office, what, told, low, since) values ('33.74', 'blanko', 1, true, now())",
         "stock-low 33.74/blanko", {"what": "blanko", "left": 0}, "update stock_alerts set low = false"),
        ("insert into steps (kind, key, due, created) values ('tell', 'letter/1', now() - interval '9 minutes', now())",
         None, {}, "update steps set state = 'done'"),
        (("insert into steps (kind, key, due, created, state) values ('allocate', 'allocate:1', now(),"
         " now() - interval '9 minutes', 'done')"), "no-beat beat", {"seconds": 540}, "delete from steps"),
        (PARKED.format(sender="st337410", ago="1 hour"), "parked-new-cause bad-data/st337410",
         {"open": 1, "reason": "bad-data", "station": "st337410"}, "update parked set state = 'discarded'"),
        (PARKED.format(sender="nobody known {}", ago="1 hour"), "parked-new-cause bad-data/unknown",
         {"station": "unknown"}, "update parked set state = 'repaired'"),
        (f"{PARKED.format(sender='st1x', ago='3 days')}; {PARKED.format(sender='st1x', ago='9 days')}",
         None, {}, "delete from parked"),
    ],
)  # fmt: skip
def test_what_is_the_matter_is_an_alert_until_it_is_mended(
    town: Town, planted: str, name: str | None, facts: dict[str, Any], mended: str
) -> None:
    """Told as new once; seen again it says nothing; and what needs patience is not told at the first look."""
    town.plant(planted)
    news = town.watch.watch()
    assert [" ".join(one) for one in news] == ([] if name is None else [name])
    assert town.watch.watch() == []
    if name is not None:
        assert facts.items() <= town.open()[name]["detail"].items()
        assert town.open()[name]["severity"] in ("warning", "critical")
    town.plant(mended)
    assert town.watch.watch() == []
    assert town.open() == {}


def test_of_an_office_is_told_how_many_are_stuck(town: Town, open_journal: Callable[[], Journal]) -> None:
    """When its deadlines have all passed, and what waits for a predecessor has waited out its patience."""
    journal = open_journal()
    journal.apply([one for _ in range(3) for one in History().recorded().verified().submissions()])
    journal.apply([History().recorded().printed().submissions()[1]])
    town.plant("""update applications set timers = (timers::jsonb || '{"passed": 1}')::json""")
    town.plant("update held set due_at = null")
    assert town.watch.watch() == [("held-too-long", "unknown")]
    assert town.watch.recount() == []
    town.plant("""update applications set timers = (timers::jsonb || '{"passed": 2}')::json""")
    assert town.watch.recount() == [("stuck", "33.74.10")]
    assert town.watch.watch() == []
    stuck = town.open()["stuck 33.74.10"]
    assert (stuck["office"], stuck["detail"]["count"], stuck["detail"]["situations"]) == ("33.74.10", 3, ["verified 3"])
    town.plant("update held set due_at = ektp_now() + interval '1 day'")
    town.plant("""update applications set timers = (timers::jsonb - 'passed')::json""")
    town.watch.watch()
    assert list(town.open()) == ["stuck 33.74.10"]
    town.watch.recount()
    assert town.open() == {}


def test_a_queue_that_nobody_reads_is_told_after_a_minute(town: Town) -> None:
    """A restart is none; a broker that is away tells neither that it is over nor that it begins."""
    town.broker.depths = {**CALM, "ektp.intake": (7, 0)}
    assert town.watch.watch() == town.watch.watch() == []
    town.broker.depths = dict(CALM)
    town.watch.watch()
    town.broker.depths = {**CALM, "ektp.intake": (7, 0)}
    assert town.watch.watch() == []
    town.plant("update alert_suspicions set since = now() - interval '61 seconds'")
    assert town.watch.watch() == [("consumer-gone", "ektp.intake")]
    town.broker.depths = None
    assert town.watch.watch() == []
    assert list(town.open()) == ["consumer-gone ektp.intake"]
    town.broker.depths = dict(CALM)
    town.watch.watch()
    assert town.open() == {}


def test_counts_that_are_not_what_is_there_are_told(town: Town, open_journal: Callable[[], Journal]) -> None:
    """Of states, of what is held and parked; ordinary looks leave it open."""
    open_journal().apply(History().recorded().submissions())
    town.plant("insert into tallies (office, kind, key, delta) values ('33.74.10', 'state', 'recorded', 2)")
    town.plant("insert into tallies (office, kind, key, delta) values ('', 'event', 'held', 1)")
    assert town.watch.recount() == [("count-drift", "tallies")]
    assert town.watch.watch() == []
    detail = town.open()["count-drift tallies"]["detail"]
    assert detail == {
        "different": 2,
        "examples": ["33.74.10 state recorded: tallied 3, counted 1", "event held: tallied 1, counted 0"],
    }
    town.plant("delete from tallies where delta = 2 or key = 'held'")
    assert town.watch.recount() == []
    assert town.open() == {}


def test_years_that_are_not_decreed_are_told_ahead(engine: Engine) -> None:
    """Two months before the first day of one."""
    town = Town(engine)
    town.plant("insert into simulated_clock (moment, runs) values ('2026-11-20T00:00:00Z', 1)")
    watch = PostgresAlertWatch(engine, PLAIN, Limits(), {2026}.__contains__, town.broker)
    assert watch.watch() == [("calendar-not-final", "2027")]
    assert town.open()["calendar-not-final 2027"]["detail"] == {"first": "2027-01-01"}
    early = PostgresAlertWatch(engine, PLAIN, Limits(calendar=timedelta(days=30)), {2026}.__contains__, town.broker)
    early.watch()
    assert town.open() == {}


def test_two_who_look_at_once_tell_once(town: Town) -> None:
    """Whoever comes second finds it told."""
    town.plant(PARKED.format(sender="st337410", ago="1 hour"))
    seen: list[object] = []
    lookers = [Thread(target=lambda: seen.extend(town.watch.watch())) for _ in range(4)]
    for looker in lookers:
        looker.start()
    for looker in lookers:
        looker.join()
    assert seen == [("parked-new-cause", "bad-data/st337410")]


def test_the_intake_looks_where_nobody_else_does(
    town: Town, open_journal: Callable[[], Journal], timekeeper: Timekeeper
) -> None:
    """So that a beat that is gone is noticed by somebody."""
    town.plant("insert into steps (kind, key, due, created, state) values ('allocate', 'allocate:1', now(),"
               " now() - interval '9 minutes', 'done')")  # fmt: skip
    keep_house(town.engine, open_journal(), timekeeper, None, town.watch)
    assert list(town.open()) == ["no-beat beat"]
    town.plant("delete from steps")
    keep_house(town.engine, open_journal(), timekeeper, None, town.watch)
    assert list(town.open()) == ["no-beat beat"]  # it has just looked
    town.plant("update alert_looks set looked = now() - interval '121 seconds'")
    keep_house(town.engine, open_journal(), timekeeper, None, town.watch)
    assert town.open() == {}


def test_what_was_over_a_year_ago_is_forgotten(town: Town) -> None:
    """With the mutes that ended; what is open stays."""
    town.plant("insert into alerts (rule, about, opened, resolved) values"
               " ('stuck', 'a', now() - interval '900 days', now() - interval '366 days'),"
               " ('stuck', 'b', now() - interval '900 days', now() - interval '364 days'),"
               " ('stuck', 'c', now() - interval '900 days', null)")  # fmt: skip
    town.plant(
        "insert into alert_mutes (rule, until, by, because) values ('stuck', now() - interval '366 days', 'a', 'b')"
    )
    assert town.watch.forget(timedelta(days=365)) == 2
    with snapshot(town.engine) as connection:
        assert {one["about"] for one in alerts(connection, Wanted(closed=True))} == {"b", "c"}


def test_a_real_broker_tells_who_reads(engine: Engine, amqp_url: str, database_url: str, tmp_path: Any) -> None:
    """Nobody reads the queues of a virtual host that was just made."""
    with parts_on(database_url, tmp_path, broker_url=amqp_url) as parts:
        parts.declare_topology()
    watch = watch_on(engine, PLAIN, Config(), amqp_url)
    watch.watch()
    Town(engine).plant("update alert_suspicions set since = now() - interval '61 seconds'")
    told = {about for rule, about in watch.watch() if rule == "consumer-gone"}
    assert told == {"ektp.intake", "ektp.intake.late", "ektp.steps"}
