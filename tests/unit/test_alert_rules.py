"""The rules of the watch: each says what it found in two languages, and finds what it is for and nothing else."""

from datetime import UTC, date, datetime, timedelta
from string import Formatter
from typing import Any

import pytest

from workflows import stations
from workflows.alert import Severity
from workflows.alert_letters import said
from workflows.alert_rules import ALERT_RULES, GENERAL_RULES
from workflows.card_issuance import State
from workflows.deadlines import DEFAULT, Policy, Situation, plan
from workflows.facts import Rung
from workflows.following import Follower
from workflows.standing import Standing
from workflows.watch import (
    OF_A_LOOK,
    Cause,
    Depth,
    Drift,
    Held,
    Late,
    Limits,
    Low,
    Overdue,
    Seen,
    drifted,
    found,
    is_at_its_end,
    judged,
)

NOW = datetime(2026, 2, 12, 3, tzinfo=UTC)
OFFICE = "33.74.10"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST = Standing(attempt=1)
INVITED = Standing(attempt=1, deleted=True, invited_for=1)


def policy(_office: str) -> Policy:
    """Return the usual policy."""
    return DEFAULT


def told(**seen: Any) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what is found, by rule and thing."""
    return {(one.rule, one.about): dict(one.detail) for one in found(Seen(NOW, **seen), policy, Limits())}


def overdue(state: State, passed: int, standing: Standing = FIRST, **more: Any) -> Overdue:
    """Return seven applications that are overdue alike."""
    values = {"by_hand": False, "escalated": 0, "number": 7, "oldest": NOW - 90 * DAY, **more}
    return Overdue(office=OFFICE, state=state.value, standing=standing, passed=passed, **values)


@pytest.mark.parametrize("name", ALERT_RULES)
def test_a_rule_speaks_both_languages_of_the_same_facts(name: str) -> None:
    """And tells what it means and what to do."""
    rule = ALERT_RULES[name]
    facts = [{field for _, field, *_ in Formatter().parse(words) if field} for words in rule.says]
    assert facts[0] == facts[1]
    assert all(len(words) > 10 for pair in (rule.means, rule.do) for words in pair)
    assert rule.means.id != rule.means.en


def test_every_rule_of_the_stations_is_among_them() -> None:
    """And the mildest severity is the first."""
    assert set(stations.ALL_RULES) <= set(ALERT_RULES)
    assert sorted(Severity, key=lambda one: one.rank) == [Severity.NOTE, Severity.WARNING, Severity.CRITICAL]


def test_where_nothing_is_the_matter_nothing_is_said() -> None:
    """An empty store, or one that works."""
    depths = (Depth("ektp.intake", 12, 1), Depth("ektp.intake.dead", 0, 0, needed=False))
    assert told(queues=depths, beat=timedelta(seconds=9), outbox=(3, timedelta(seconds=20))) == {}


@pytest.mark.parametrize(
    ("seen", "rule", "about"),
    [
        ({"held": (Held(OFFICE, "waits-for-print", 2, NOW - DAY),)}, "held-too-long", OFFICE),
        ({"low": (Low("33.74", "blanko", NOW, 3),)}, "stock-low", "33.74/blanko"),
        ({"outbox": (9, timedelta(minutes=6))}, "outbox-old", "outbox"),
        ({"queues": (Depth("ektp.intake", 10_001, 1),)}, "queue-long", "ektp.intake"),
        ({"queues": (Depth("ektp.requests.unclaimed", 1, 0, needed=False, most=0),)}, "queue-long",
         "ektp.requests.unclaimed"),
        ({"queues": (Depth("ektp.intake", 0, 0),)}, "consumer-gone", "ektp.intake"),
        ({"estimated": (date(2027, 1, 1),)}, "calendar-not-final", "2027"),
        ({"late": Late({"sweep-deadlines": 3}, timedelta(minutes=3))}, "steps-late", "steps"),
        ({"beat": timedelta(minutes=3)}, "no-beat", "beat"),
        ({"subscribers": (Follower("sms", lag=10_000),)}, "subscriber-behind", "sms"),
        ({"subscribers": (Follower("sms", faults=("account sms is missing",)),)}, "subscriber-unbound", "sms"),
        ({"overdue": (overdue(State.UNDER_REVIEW, 3, escalated=3),)}, "stuck", OFFICE),
    ],
)  # fmt: skip
def test_a_rule_finds_what_it_is_for(seen: dict[str, Any], rule: str, about: str) -> None:
    """That one thing, and can say it in a sentence without an open brace."""
    findings = told(**seen)
    assert set(findings) == {(rule, about)}
    for language in ("id", "en"):
        sentence = said(rule, findings[rule, about], language)
        assert sentence != ", ".join(f"{key} {value}" for key, value in findings[rule, about].items())
        assert "{" not in sentence


def test_counts_that_differ_are_named() -> None:
    """Five at most, and how many there are."""
    assert list(drifted(())) == []
    (one,) = drifted(tuple(Drift(f"33.{n} state verified", n, n + 1) for n in range(11, 20)))
    assert (one.rule, one.detail["different"], len(one.detail["examples"])) == ("count-drift", 9, 5)
    assert one.detail["examples"][0] == "33.11 state verified: tallied 11, counted 12"


@pytest.mark.parametrize(
    ("state", "standing", "situation"),
    [
        (State.RECORDED, Standing(attempt=1), Situation.NO_NEWS),
        (State.RECORDED, Standing(attempt=1, rung=Rung.SENT_FOR_ENROLLMENT), Situation.SENT),
        (State.RE_RECORDING, Standing(attempt=1, deleted=True), Situation.TO_BE_INVITED),
        (State.RE_RECORDING, INVITED, Situation.INVITED),
        (State.VERIFIED, Standing(attempt=1), Situation.WITHOUT_BLANKO),
        (State.ALLOCATED, Standing(attempt=1), Situation.ALLOCATED),
        (State.PRINTED, Standing(attempt=1), Situation.PRINTED),
        (State.DELETION_REQUESTED, Standing(attempt=1), Situation.DELETION),
        (State.FAILED, Standing(attempt=1), Situation.SEARCH_FAILED),
    ],
)
def test_an_application_is_stuck_when_also_the_last_deadline_has_come_again(
    state: State, standing: Standing, situation: Situation
) -> None:
    """Before, the system still does something by itself."""
    last = len(plan(situation))
    assert not is_at_its_end(overdue(state, last, standing), DEFAULT)
    assert is_at_its_end(overdue(state, last + 1, standing), DEFAULT)


def test_under_review_it_is_stuck_when_nobody_is_above() -> None:
    """A kecamatan's reviewer, the regency's, the province's: each has a term."""
    ended = [is_at_its_end(overdue(State.UNDER_REVIEW, n, escalated=n), DEFAULT) for n in range(5)]
    assert ended == [False, False, False, True, True]


def test_what_is_stuck_is_told_once_for_an_office() -> None:
    """With how many are in which state."""
    groups = (overdue(State.ALLOCATED, 9), overdue(State.ALLOCATED, 8, number=2, oldest=NOW - 99 * DAY),
              overdue(State.VERIFIED, 3), overdue(State.VERIFIED, 1))  # fmt: skip
    assert told(overdue=groups) == {
        ("stuck", OFFICE): {
            "count": 16, "oldest": (NOW - 99 * DAY).isoformat(), "situations": ["allocated 9", "verified 7"]
        }
    }  # fmt: skip


@pytest.mark.parametrize(
    ("oldest", "before", "known", "is_told"),
    [
        (HOUR, None, False, True),
        (HOUR, 8 * DAY, False, True),
        (HOUR, 6 * DAY, False, False),
        (8 * DAY, None, False, False),
        (8 * DAY, None, True, True),
        (HOUR, 6 * DAY, True, True),
    ],
)
def test_a_cause_is_new_after_seven_quiet_days(
    oldest: timedelta, before: timedelta | None, known: bool, is_told: bool
) -> None:
    """What was parked for longer is old news; what was told stays until none of it is open."""
    cause = Cause("bad-data", "st337410", OFFICE, 4, NOW - oldest, None if before is None else NOW - oldest - before)
    name = ("parked-new-cause", "bad-data/st337410")
    findings = told(parked=(cause,), known=frozenset({name} if known else ()))
    assert set(findings) == ({name} if is_told else set())


def test_of_queues_that_could_not_be_asked_nothing_is_judged() -> None:
    """So that an alert about them is neither opened nor resolved."""
    assert judged(Seen(NOW, queues=(), overdue=(), subscribers=())) == OF_A_LOOK
    assert set(OF_A_LOOK) - set(judged(Seen(NOW, overdue=(), subscribers=()))) == {"queue-long", "consumer-gone"}
    assert set(OF_A_LOOK) - set(judged(Seen(NOW, queues=(), subscribers=()))) == {"stuck"}
    unknown = set(OF_A_LOOK) - set(judged(Seen(NOW, queues=(), overdue=())))
    assert unknown == {"subscriber-behind", "subscriber-unbound"}
    without_bindings = Seen(NOW, queues=(), overdue=(), subscribers=(Follower("sms", lag=3),))
    assert set(OF_A_LOOK) - set(judged(without_bindings)) == {"subscriber-unbound"}
    assert set(GENERAL_RULES) - set(OF_A_LOOK) == {"count-drift"}
