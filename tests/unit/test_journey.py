"""The way of an application as its resident sees it."""

from datetime import timedelta

import pytest

from tests.histories import NOON
from workflows.card_issuance import END_STATES, State
from workflows.journey import SHOWN, When, ahead, journey

S = State


def walked(*states: State) -> list[tuple[State, str]]:
    """Return the steps of an application that entered these states, a day each."""
    entered = [(state, NOON + timedelta(days=number)) for number, state in enumerate(states)]
    return [(step.state, step.when.value) for step in journey(entered).steps]


def test_the_plain_way_is_done_now_and_next() -> None:
    """Each state once, in its order."""
    assert walked(S.RECORDED, S.VERIFIED) == [
        (S.RECORDED, "done"), (S.VERIFIED, "now"), (S.ALLOCATED, "next"), (S.PRINTED, "next"), (S.COLLECTED, "next"),
    ]  # fmt: skip
    assert walked(S.RECORDED, S.VERIFIED, S.ALLOCATED, S.PRINTED, S.COLLECTED)[-1] == (S.COLLECTED, "done")


def test_a_new_recording_leads_through_everything_again() -> None:
    """And before a decision nobody says what comes."""
    failed = walked(S.RECORDED, S.DELETION_REQUESTED)
    assert [state for state, when in failed if when == "next"][:2] == [S.RE_RECORDING, S.RECORDED]
    assert walked(S.RECORDED, S.UNDER_REVIEW)[-1] == (S.UNDER_REVIEW, "now")


@pytest.mark.parametrize("state", State)
def test_every_state_has_an_end_ahead_or_says_nothing(state: State) -> None:
    """None follows itself."""
    following = ahead(state)
    assert state not in following
    assert bool(following) is (state not in {*END_STATES, S.UNDER_REVIEW})


def test_a_long_way_is_shortened_in_its_middle() -> None:
    """So that it fits on a sheet; how many are left out is told."""
    entered = [(S.FAILED if number % 2 else S.RECORDED, NOON + timedelta(days=number)) for number in range(31)]
    found = journey(entered)
    done = [step for step in found.steps if step.when is When.DONE]
    assert (len(done), found.left_out) == (SHOWN, 30 - SHOWN)
    assert [step.at for step in done[:2]] == [at for _, at in entered[:2]]
    assert done[-1].at == entered[29][1]
    assert journey([]).steps[0].when is When.NEXT
