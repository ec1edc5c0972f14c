"""Outreach on a store: who waits is proposed, promised, told, met or absent; each word once, and nobody twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import text

from ektp.bootstrap import Parts
from ektp.outreach import planner_on
from ektp.verification.invariants import verify
from ektp.verification.visits import visits_are_kept
from schemas.notices import NOTICES
from tests.histories import said
from tests.outreach_town import OutreachTown
from workflows.outreach import Purpose
from workflows.proposals import visit as promised
from workflows.visits import GuestState, planned_data


@pytest.fixture
def town(parts: Parts) -> Iterator[OutreachTown]:
    """Give the regency, and look at the end whether every invariant holds."""
    made = OutreachTown(parts)
    yield made
    found = list(verify(parts.engine, parts.keeping))
    assert [(one.name, one.examples) for one in found if one.violations] == []


def test_who_waits_is_proposed_and_told_when_the_visit_is_promised(town: OutreachTown) -> None:
    """One person who cannot come is enough, and who waits in the same kelurahan is met as well."""
    again, card, far = town.must_come_again(), town.has_a_card(), town.must_come_again("Meteseh")
    request = town.asks("disabled", home="RT 1 RW 2", contact={"kind": "sms", "address": "0800-1"})
    assert town.plan() == []
    (visit,) = town.visits("proposed")
    assert {one.application: one.purpose for one in visit.guests} == {
        again.application: Purpose.RE_RECORD,
        card.application: Purpose.COLLECT,
    }
    assert [(one.request, one.people) for one in visit.errands] == [(request, 1)]
    assert [(one["kelurahan"], one["people"], one["reason"]) for one in town.left()] == [
        ("Meteseh", 1, "group-not-full")
    ]
    assert town.promise(visit).outcome == "applied"
    for one in (again, card):
        name, data = town.notices(one.application)[-1]
        assert name == "visit-announced"
        assert data["where"] == "Sendangmulyo, Kecamatan Tembalang"
        assert data["resident"]["must_come"]
        NOTICES[name]
    assert [name for name, _ in town.notices(far.application)][-1] == "re-recording-required"


def test_a_promised_visit_stays_when_everything_is_planned_again(town: OutreachTown) -> None:
    """Nobody of it is in another, and its kit goes nowhere else on that day."""
    first = town.asks("hospital", kelurahan="Meteseh", place="RSUD")
    town.plan()
    (visit,) = town.visits()
    assert town.promise(visit).outcome == "applied"
    town.asks("elderly-sick", kelurahan="Bulusan")
    town.plan()
    promised, proposed = town.visits("planned"), town.visits("proposed")
    assert [one.id for one in promised] == [visit.id]
    assert [(one.request, one.place) for one in promised[0].errands] == [(first, "RSUD")]
    assert len(proposed) == 1
    assert (proposed[0].day, proposed[0].kit) != (visit.day, visit.kit)
    town.plan()
    assert [one.id for one in town.visits("proposed")] == [one.id for one in proposed]


def test_who_was_absent_waits_again_and_who_was_met_is_settled_by_what_was_done(town: OutreachTown) -> None:
    """The result of a visit is said once; a kit without a line may say it twice."""
    met, absent = town.has_a_card(), town.has_a_card()
    town.asks()
    town.plan()
    (visit,) = town.visits()
    town.promise(visit)
    town.tell(*met.collected().submissions()[-1:])
    result = {"office": "33.74", "met": [str(met.application)], "absent": [str(absent.application)], "others": 1}
    assert town.say("visit-held", visit.id, **result).outcome == "applied"
    assert town.say("visit-held", visit.id, **result).outcome == "superseded"
    (done,) = town.visits("held")
    states = {one.application: one.state for one in done.guests}
    assert states == {met.application: GuestState.MET, absent.application: GuestState.ABSENT}
    assert done.others == 1
    town.plan()
    assert [(one["people"], one["reason"]) for one in town.left()] == [(1, "group-not-full")]
    assert town.visits("proposed") == []


def test_a_visit_that_is_called_off_is_told_and_planned_again(town: OutreachTown) -> None:
    """Its people are candidates as before, and the request is open."""
    again, request = town.must_come_again(), town.asks()
    town.plan()
    (visit,) = town.visits()
    town.promise(visit)
    assert town.say("visit-cancelled", visit.id, office="33.74", because="the kit is broken").outcome == "applied"
    assert [name for name, _ in town.notices(again.application)][-2:] == ["visit-announced", "visit-called-off"]
    town.plan()
    (next_,) = town.visits("proposed")
    assert next_.id != visit.id
    assert [one.request for one in next_.errands] == [request]
    assert town.promise(next_).outcome == "applied"
    assert [name for name, _ in town.notices(again.application)][-1] == "visit-announced"


def test_nobody_is_in_two_promised_visits_and_no_kit_in_two_places(town: OutreachTown) -> None:
    """Whatever operators say at once: the second word is overtaken, or is to those who are left."""
    again = town.must_come_again()
    town.asks()
    town.plan()
    (visit,) = town.visits()
    assert town.promise(visit).outcome == "applied"
    assert town.promise(visit).outcome == "superseded"
    same_kit = visit._replace(id=town.must_come_again().application)
    assert town.promise(same_kit).outcome == "superseded"
    other_kit = visit._replace(id=town.must_come_again().application, kit=2, errands=())
    assert town.promise(other_kit).outcome == "superseded"
    assert [name for name, _ in town.notices(again.application)].count("visit-announced") == 1


def test_a_request_can_be_withdrawn(town: OutreachTown) -> None:
    """Nobody goes there then."""
    request = town.asks()
    assert town.say("visit-cancelled", request, office="33.74.10", because="has moved away").outcome == "applied"
    assert town.say("visit-cancelled", request, office="33.74.10", because="has moved away").outcome == "superseded"
    town.plan()
    assert town.visits() == []


def test_what_is_said_of_no_visit_or_by_another_office_is_parked(town: OutreachTown) -> None:
    """With the reason."""
    request = town.asks()
    nobody = town.must_come_again().application
    assert town.say("visit-held", nobody, office="33.74").reason == "not-in-lifecycle"
    assert town.say("visit-held", request, office="33.74.10").reason == "not-in-lifecycle"
    assert town.say("visit-cancelled", request, office="33.19", because="x y").reason == "bad-office"


def test_where_somebody_lives_is_sealed(town: OutreachTown) -> None:
    """Neither history nor the request says it."""
    town.asks("disabled", home="RT 77 RW 88", contact={"kind": "sms", "address": "0800-99"})
    with town.engine.connect() as connection:
        (shown, sealed) = connection.execute(
            text("select h.data::text, r.sealed from history h join visit_requests r on r.id::text = h.subject")
        ).one()
    assert "RT 77" not in shown
    assert "0800" not in shown
    assert sealed
    assert b"RT 77" not in bytes(sealed)


def test_people_whom_no_visit_reaches_in_time_are_an_alert(town: OutreachTown) -> None:
    """Until a visit is promised to them."""
    late = town.must_come_again()
    with town.engine.begin() as connection:
        connection.execute(text("update applications set since = since - interval '60 days'"))
    town.plan()
    (visit,) = town.visits("proposed")
    assert [(one.rule, one.office, one.detail) for one in town.findings()] == [("visits-late", "33.74", {"people": 1})]
    town.promise(visit)
    town.plan()
    assert town.findings() == []
    assert town.notices(late.application)[-1][0] == "visit-announced"


def test_a_visit_of_which_nothing_was_said_is_an_alert(town: OutreachTown) -> None:
    """Three days after it: a kit may have no line. Otherwise those who were not met would wait for nothing."""
    town.asks()
    town.plan()
    (visit,) = town.visits()
    before = {**planned_data(visit), "begins": "2026-01-05T08:00:00+07:00", "date": "2026-01-05"}
    assert town.say("visit-planned", visit.id, **before).outcome == "applied"
    assert [(one.rule, one.detail) for one in town.findings()] == [
        ("visit-without-result", {"visits": 1, "day": "2026-01-05"})
    ]
    assert town.say("visit-held", visit.id, office="33.74", others=1).outcome == "applied"
    assert town.findings() == []


def test_the_plan_is_made_anew_when_its_hour_is_over(town: OutreachTown) -> None:
    """By the applications' clock."""
    town.asks(kelurahan="Meteseh")
    assert planner_on(town.parts).plan() == []
    assert len(town.visits("proposed")[0].errands) == 1
    town.asks(kelurahan="Bulusan")
    planner_on(town.parts).plan()
    assert len(town.visits("proposed")[0].errands) == 1
    with town.engine.begin() as connection:
        connection.execute(text("update outreach_plans set planned = planned - interval '61 minutes'"))
    planner_on(town.parts).plan()
    assert len(town.visits("proposed")[0].errands) == 2


def test_two_who_promise_at_once_promise_everybody_once(town: OutreachTown) -> None:
    """Whatever their journals see of each other."""
    guests = [town.must_come_again() for _ in range(6)]
    town.asks()
    town.plan()
    (visit,) = town.visits()
    words = [
        [said(visit.id if number == 0 else uuid4(), "visit-planned", **planned_data(visit._replace(kit=number + 1)))]
        for number in range(8)
    ]
    journals = [town.parts.journal() for _ in words]
    with ThreadPoolExecutor(len(words)) as pool:
        outcomes = list(pool.map(lambda journal, word: journal.apply(word)[0].outcome, journals, words))
    assert sorted(outcomes) == ["applied"] + ["superseded"] * 7
    told = [[name for name, _ in town.notices(one.application)].count("visit-announced") for one in guests]
    assert told == [1] * len(guests)


def test_what_does_not_agree_is_found(town: OutreachTown) -> None:
    """A visit whose promise nobody said, a guest who was met on a visit that was not held."""
    town.must_come_again()
    town.asks()
    town.plan()
    with town.engine.begin() as connection:
        connection.execute(text("update visits set state = 'planned'"))
    with town.engine.connect() as connection:
        (finding,) = visits_are_kept(connection, lambda _: None)
        assert finding.violations == 2
    with town.engine.begin() as connection:
        connection.execute(text("update visits set state = 'proposed'"))


def test_an_office_may_promise_without_asking(town: OutreachTown) -> None:
    """Then the step says it, and saying it again changes nothing."""
    again = town.must_come_again()
    town.asks()
    town.plan()
    (visit,) = town.visits()
    word = promised(visit, visit.begins)
    assert [one.outcome for one in town.tell(word, word)] == ["applied", "repeated"]
    assert town.notices(again.application)[-1][0] == "visit-announced"
