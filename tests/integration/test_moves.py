"""Whose move it is, counted in the store: an invitation passes the move from the office to the resident."""

from collections.abc import Callable

from sqlalchemy import Engine

from consumers.journal import Journal
from ektp.reading.moves import moves
from ektp.reading.snapshot import snapshot
from tests.histories import History
from workflows.card_issuance import Party, State


def test_an_invitation_passes_the_move_to_the_resident(engine: Engine, open_journal: Callable[[], Journal]) -> None:
    """Two are to be recorded again, and one of them has been told."""
    first = History().recorded().failed("ENROLL_FAILURE_AT_CENTRAL").deleted()
    second = History().recorded().failed("ENROLL_FAILURE_AT_CENTRAL").deleted()
    second.tell("resident-invited", attempt=1)
    open_journal().apply([*first.submissions(), *second.submissions()])
    states = {state.value: 2 if state is State.RE_RECORDING else 0 for state in State}
    with snapshot(engine) as connection:
        waiting = moves(connection, states)
    assert (waiting[Party.OFFICE], waiting[Party.RESIDENT]) == (1, 1)
