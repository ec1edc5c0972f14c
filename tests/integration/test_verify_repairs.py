"""What counts as repaired is closed: verify finds where the rows of a repair say something else."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from consumers.journal import Journal
from tests.parking_town import misspelt, park
from tests.planted import REPAIR, found_after


@pytest.mark.parametrize(
    ("planted", "violations"),
    [
        ("'waiting', null from repairs, parked", 0),
        ("'skipped', now() from repairs, parked", 0),
        ("'fixed', now() from repairs, parked", 1),
        ("'failed-same', null from repairs, parked", 1),
        ("'waiting', null from repairs, parked; update repairs set state = 'done'", 1),
        ("'failed-new', now() from repairs, parked; delete from parked", 1),
    ],
)
def test_a_repair_that_does_not_tell_the_truth_is_found(
    engine: Engine, open_journal: Callable[[], Journal], database_url: str, planted: str, violations: int
) -> None:
    """Fixed and open, settled and never, waiting in what is done, about nothing."""
    park(open_journal(), [misspelt()])
    found = found_after(engine, database_url, f"{REPAIR} {planted}")["repairs-are-true"]
    assert (found.checked, found.violations) == (1, violations)
