"""Something is broken in a simulated city: nothing is lost, nothing doubled, somebody notices, and it is remedied."""

import time
from pathlib import Path
import pytest
from ektp.web.breaking import Kind
from tests.broken_city import broken_city

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("kind", Kind)
def test_x(database_url: str, tmp_path: Path, kind) -> None:
    began = time.monotonic()
    with broken_city(database_url, tmp_path) as town:
        one, truth = town.live(kind, 3)
        print(time.monotonic() - began)
        print(one)
        print(truth.alive, truth.now, truth.day, truth.checked, truth.double)
        print(town.violations())
        print(time.monotonic() - began)
