"""Repairs on a real database: foreseen, run up the ramp, stopped when too much fails, each item counted once."""

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine

from consumers.journal import Journal
from ektp.repairing.errors import CorrectionRefused, NothingSelected, NotInThisState, SecondPersonNeeded
from ektp.repairing.running import Repairer
from ektp.repairing.selection import Selection
from ektp.storage.engine import transaction
from ektp.storage.repairs import parking
from ektp.storage.secrets.vault import Vault
from ektp.verification.invariants import verify
from schemas.samples import valid_event
from tests.histories import History, event, submission_of
from tests.parking_town import history_size, item_counts, misspelt, park
from tests.plain_time import PLAIN
from tests.repair_shop import Shop, parked_all, parked_of


@pytest.fixture
def shop(engine: Engine, open_journal: Callable[[], Journal]) -> Shop:
    """Give a shop on an empty database."""
    return Shop(engine, open_journal())


def test_what_is_foreseen_comes_true_round_by_round(shop: Shop) -> None:
    """Forty recordings with the same fault: planned, approved by another person, run; the counts are the items'."""
    park(shop.journal, [misspelt() for _ in range(40)])
    planned = shop.plan()
    assert history_size(shop.engine) == 0
    told = shop.told(planned)
    assert told["foreseen"] == [
        {"becomes": "fixed", "reason": None, "from": "new", "to": "recorded", "outcome": "applied", "items": 40}
    ]
    with pytest.raises(SecondPersonNeeded, match="40 items"):
        shop.desk.run(planned, "maker")
    with pytest.raises(SecondPersonNeeded):
        shop.desk.approve(planned, " Maker")
    shop.desk.approve(planned, "checker")
    told = shop.go(planned)
    assert (told["state"], told["counts"]["fixed"], told["counts"]["waiting"]) == ("done", 40, 0)
    assert Counter(one["round"] for one in shop.items(planned)) == {1: 1, 2: 5, 3: 20, 4: 14}
    assert history_size(shop.engine) == 40
    assert parked_of(shop.engine, "bad-data") == []
    with transaction(shop.engine) as connection:
        by = connection.execute("select distinct resolved_by, because, state from parked").fetchall()
    assert by == [("checker", "a new printer driver", "repaired")]
    assert not [found for found in verify(shop.engine, PLAIN) if found.violations]
    for decide in (shop.desk.run, shop.desk.pause, shop.desk.stop, shop.desk.approve):
        with pytest.raises(NotInThisState):
            decide(planned, "checker")


def test_it_stops_by_itself_when_too_much_fails_and_begins_the_ramp_again(shop: Shop) -> None:
    """The first round goes well, of the second one two of five fail: none of the rest is tried until a person says."""
    good, bad = [misspelt() for _ in range(10)], [misspelt() for _ in range(2)]
    # Their ids are taken by other events, which nobody finds out before they can be read.
    shop.journal.apply([submission_of({**History().recorded().events[0], "id": one["id"]}) for one in bad])
    for some in (good[:1], bad, good[1:]):
        park(shop.journal, some)
    planned = shop.plan(Selection(ids=tuple(parked_all(shop.engine))))
    assert {one["becomes"]: one["items"] for one in shop.told(planned)["foreseen"]} == {"fixed": 10, "failed-new": 2}
    told = shop.go(planned)
    assert (told["state"], told["halted"]) == ("stopped", "2 of 5 failed again in one round, and 20% may")
    assert told["counts"] == {
        "waiting": 6, "fixed": 4, "failed-same": 0, "failed-new": 2, "superseded": 0, "skipped": 0,
    }  # fmt: skip
    failed = [one for one in shop.items(planned) if one["state"] == "failed-new"]
    assert {(one["reason"], one["outcome"]) for one in failed} == {("id-reused", "parked")}
    assert all(one["why"] for one in failed)
    told = shop.go(planned)
    assert (told["state"], told["counts"]["fixed"], told["halted"]) == ("done", 10, None)
    assert Counter(one["round"] for one in shop.items(planned)) == {1: 1, 2: 5, 3: 1, 4: 5}


def test_what_fails_with_the_same_cause_is_told_from_what_fails_with_another(shop: Shop) -> None:
    """Without a correction nothing is better than it was."""
    park(shop.journal, [misspelt()])
    planned = shop.plan(kind=None, said=b"")
    assert shop.told(planned)["foreseen"][0]["becomes"] == "failed-same"
    told = shop.go(planned)
    assert (told["counts"]["failed-same"], told["state"]) == (1, "stopped")
    assert parked_of(shop.engine, "bad-data"), "it is still there for whoever looks next"


def test_each_item_ends_in_exactly_one_way(shop: Shop) -> None:
    """Fixed, superseded, skipped because it does not fit, skipped because it was closed meanwhile."""
    told = [misspelt() for _ in range(4)]
    told[1]["data"].pop("channel")
    park(shop.journal, told)
    planned = shop.plan(threshold=1.0)
    corrected = {**told[2], "data": {**told[2]["data"], "channel": "kecamatan"}}
    shop.journal.apply([submission_of(corrected)])
    closed = next(one for one in shop.items(planned) if one["number"] == numbers(shop, planned, told)[3])
    parking.discard(shop.engine, [UUID(closed["parked"])], by="somebody", because="a test")
    done = shop.go(planned)
    ends = {one["number"]: (one["state"], one["outcome"], one["why"]) for one in shop.items(planned)}
    first, second, third, fourth = (ends[number] for number in numbers(shop, planned, told))
    assert first == ("fixed", "applied", None)
    assert second == ("skipped", None, "/data/channel is not there")
    assert third == ("superseded", "repeated", None)
    assert fourth == ("skipped", None, "it was discarded meanwhile")
    assert (done["state"], done["counts"]["waiting"]) == ("done", 0)
    assert history_size(shop.engine) == 2


def numbers(shop: Shop, planned: UUID, told: list[dict[str, Any]]) -> list[int]:
    """Return the numbers of the items that hold these events."""
    with transaction(shop.engine) as connection:
        rows = connection.execute(
            "select event_id, number from repair_items join parked on parked.id = parked where repair = %s", [planned]
        )
        found = dict(rows.fetchall())
    return [found[one["id"]] for one in told]


def test_paused_it_tries_nothing_more_and_stopped_it_skips_the_rest(shop: Shop) -> None:
    """Whoever pauses it does not wait for a round to end; what was done stays counted."""
    park(shop.journal, [misspelt() for _ in range(10)])
    planned = shop.plan()
    shop.desk.run(planned, "maker")
    with pytest.raises(NotInThisState):
        shop.desk.run(planned, "maker")
    run = shop.runs(planned)

    def pause_at_the_second_rest(_seconds: float) -> None:
        shop.rests.append(0)
        if len(shop.rests) == 2:
            shop.desk.pause(planned, "checker")

    vault = Vault(b"s" * 32, b"n" * 32)
    repairer = Repairer(shop.engine, lambda: vault, PLAIN, clock=lambda: 0.0, pause=pause_at_the_second_rest)
    assert not repairer.go_on(planned, run)
    assert item_counts(shop.engine, planned) == {"fixed": 6, "waiting": 4}
    assert shop.told(planned)["state"] == "paused"
    assert shop.desk.stop(planned, "checker") == 4
    assert item_counts(shop.engine, planned) == {"fixed": 6, "skipped": 4}
    assert {one["why"] for one in shop.items(planned) if one["state"] == "skipped"} == {"stopped by checker"}
    assert not repairer.go_on(planned, run)
    with pytest.raises(NotInThisState, match="stopped for good"):
        shop.desk.run(planned, "maker")


def test_a_run_that_was_overtaken_tries_nothing(shop: Shop) -> None:
    """Paused and set going again: the earlier run finds out that it is over."""
    park(shop.journal, [misspelt() for _ in range(3)])
    planned = shop.plan()
    shop.desk.run(planned, "maker")
    shop.desk.pause(planned, "maker")
    shop.desk.run(planned, "maker")
    assert not shop.repairer.go_on(planned, shop.runs(planned) - 1)
    assert item_counts(shop.engine, planned) == {"waiting": 3}


def test_runs_at_the_same_time_settle_each_item_once(shop: Shop) -> None:
    """Two workers with the same run: a lease that ended too early must not count twice."""
    park(shop.journal, [misspelt() for _ in range(60)])
    planned = shop.plan(rate=7)
    shop.desk.approve(planned, "checker")
    shop.desk.run(planned, "maker")
    with ThreadPoolExecutor(2) as two:
        for going in [two.submit(shop.run, planned) for _ in range(2)]:
            going.result()
    assert item_counts(shop.engine, planned) == {"fixed": 60}
    assert history_size(shop.engine) == 60
    assert not [found for found in verify(shop.engine, PLAIN) if found.violations]


def test_the_rate_is_kept(shop: Shop) -> None:
    """At ten a second, after each batch it rests for as long as its items may take."""
    park(shop.journal, [misspelt() for _ in range(16)])
    shop.go(shop.plan(rate=10))
    assert [round(rest, 3) for rest in shop.rests] == [0.1, 0.5, 1.0]


def test_a_nik_is_corrected_one_item_at_a_time_with_a_second_person(shop: Shop) -> None:
    """Whatever the correction is called."""
    told = History().recorded().events[0]
    bad = {**told, "data": {**told["data"], "nik": "123"}}
    park(shop.journal, [bad])
    fixing = [{"op": "replace", "path": "/data/nik", "value": told["data"]["nik"]}]
    planned = shop.plan(Selection(reason="bad-nik"), fixing)
    assert shop.told(planned)["second_person"] == ["a NIK is corrected"]
    edited = shop.plan(Selection(reason="bad-nik"), kind="edit", said=json.dumps(told).encode())
    assert shop.told(edited)["second_person"] == ["a NIK is corrected"]
    shop.desk.approve(planned, "checker")
    with transaction(shop.engine) as connection:
        rows = connection.execute("select repairs::text, items::text from repairs, repair_items items").fetchall()
    assert told["data"]["nik"] not in str(rows)
    assert shop.go(planned)["counts"]["fixed"] == 1
    other = {**misspelt(), "data": {**misspelt()["data"], "nik": "123"}}
    park(shop.journal, [other, {**bad, "id": str(UUID(int=5))}])
    with pytest.raises(CorrectionRefused, match="one item at a time"):
        shop.plan(Selection(reason="bad-nik"), fixing)


def test_what_may_not_be_corrected_is_refused_before_anything_is_written(shop: Shop) -> None:
    """A locked field, a whole event for many, nothing that is open."""
    park(shop.journal, [misspelt(), misspelt()])
    with pytest.raises(CorrectionRefused, match="subject is locked"):
        shop.plan(patch=[{"op": "replace", "path": "/subject", "value": "x"}])
    with pytest.raises(CorrectionRefused, match="corrects one item"):
        shop.plan(kind="edit", said=b"{}")
    with pytest.raises(CorrectionRefused, match="no JSON"):
        shop.plan(said=b"{")
    one = Selection(ids=(parked_all(shop.engine)[0],))
    with pytest.raises(CorrectionRefused, match="is locked"):
        shop.plan(one, kind="edit", said=json.dumps(misspelt()).encode())
    with pytest.raises(NothingSelected):
        shop.plan(Selection(reason="not-json"))
    parking.discard(shop.engine, one.ids, by="somebody", because="a test")
    with pytest.raises(NothingSelected, match="already discarded"):
        shop.plan(Selection(ids=tuple(parked_all(shop.engine)) + one.ids))
    with transaction(shop.engine) as connection:
        assert connection.execute("select count(*) from repairs").fetchone() == (0,)


def test_items_of_one_repair_see_each_other_in_the_plan_and_in_the_run(shop: Shop) -> None:
    """Two that cannot both be: the second is foreseen to fail because of the first, and does."""
    first, second = History().recorded().verified(), History().recorded().verified()
    for one in (*first.events, *second.events):
        shop.journal.apply([submission_of(one)])
    given = [
        event(one.application, "blanko-allocated", station="warehouse", blanko="BL0000009901", office="33.74", turn=1)
        for one in (first, second)
    ]
    for one in given:
        park(shop.journal, [{**one, "data": {**one["data"], "turn": "1"}}])
    planned = shop.plan(patch=[{"op": "replace", "path": "/data/turn", "value": 1}], threshold=1.0)
    foreseen = [(one["foreseen"]["becomes"], one["foreseen"]["reason"]) for one in shop.items(planned)]
    assert foreseen == [("fixed", None), ("failed-new", "blanko-belongs-to-another")]
    shop.go(planned)
    assert [(one["state"], one["reason"]) for one in shop.items(planned)] == foreseen


def test_the_corrected_event_is_said_by_whoever_said_it_first(shop: Shop) -> None:
    """The door and the station stay: nobody may say through a repair what only the pipeline says."""
    told = misspelt()
    park(shop.journal, [told])
    shop.go(shop.plan())
    with transaction(shop.engine) as connection:
        row = connection.execute("select id::text, door, station from history").fetchone()
    assert row == (told["id"], "amqp", "st337401")
    park(shop.journal, [{**valid_event("deadline-passed"), "source": "/stations/st337401"}])
    planned = shop.plan(Selection(reason="sender-not-allowed"), kind=None, said=b"")
    told_of = shop.told(planned)
    assert told_of["foreseen"][0]["becomes"] == "failed-same"
    assert "not allowed" in told_of["second_person"][0]
