"""Two processes foresee a repair on a real database: what they say is what one alone says."""

import json
import os
from collections.abc import Callable, Sequence
from functools import partial

import pytest
from sqlalchemy import Engine

from consumers.journal import Journal
from ektp.bootstrap import Parts
from ektp.repairing.correction import Correction, read_correction
from ektp.repairing.errors import CorrectionRefused
from ektp.repairing.foreseeing import Foreseer, Foresight
from ektp.repairing.planning import foreseer_of
from ektp.repairing.selection import Chosen, choose
from ektp.repairing.side_by_side import foresee
from ektp.storage.secrets.vault import Vault
from tests.histories import History
from tests.parking_town import PATCH, misspelt, park
from tests.plain_time import PLAIN
from tests.repair_shop import BAD_DATA, Shop, foreseer


@pytest.fixture
def shop(engine: Engine, open_journal: Callable[[], Journal]) -> Shop:
    """Give a shop on an empty database, with thirty recordings parked; each resident was recorded twice."""
    shop, numbers = Shop(engine, open_journal()), [History().number for _ in range(15)]
    park(shop.journal, [misspelt(number) for number in (*numbers, *numbers)])
    return shop


def here(shop: Shop) -> Foreseer:
    """Return what foresees in this process."""
    return Foreseer(shop.engine, Vault(b"s" * 32, b"n" * 32), PLAIN)


def there(shop: Shop) -> Callable[[], Foreseer]:
    """Return what makes a foreseer in another process."""
    return partial(foreseer, shop.engine.url.render_as_string(hide_password=False))


def test_two_processes_foresee_what_one_alone_does(shop: Shop) -> None:
    """The second recording of each resident waits for the end of the first, in whichever share it is."""
    items, correction = choose(shop.engine, BAD_DATA), read_correction("patch", json.dumps(PATCH).encode(), many=True)
    alone = foresee(here(shop), None, items, correction)
    assert foresee(here(shop), there(shop), items, correction, worth=2) == alone
    assert [json.loads(one.said)["outcome"] for one in alone.told] == ["applied"] * 15 + ["held"] * 15


def _ends() -> Foreseer:
    os._exit(1)


def test_one_that_ends_without_an_answer_costs_only_time(shop: Shop) -> None:
    """Its share is foreseen here."""
    items, correction = choose(shop.engine, BAD_DATA), read_correction(None, b"", many=True)
    alone = foresee(here(shop), None, items, correction)
    assert foresee(here(shop), _ends, items, correction, worth=2) == alone


def test_what_one_alone_refuses_two_refuse(shop: Shop) -> None:
    """Also where it comes to light in the other process."""
    items = choose(shop.engine, BAD_DATA)
    nik = [{"op": "replace", "path": "/data/nik", "value": "3374015202400001"}]
    correction = read_correction("patch", json.dumps(nik).encode(), many=False)
    with pytest.raises(CorrectionRefused, match="one item at a time"):
        foresee(here(shop), there(shop), items, correction, worth=2)


class Noting(Foreseer):
    """Notes how many items it is asked for."""

    def foresee(self, items: Sequence[Chosen], correction: Correction, *, many: bool) -> Foresight:
        """Foresee as ever."""
        self.asked = [*getattr(self, "asked", []), len(items)]
        return super().foresee(items, correction, many=many)


def test_the_other_process_of_a_planner_is_made_of_the_settings(parts: Parts) -> None:
    """It answers for its share, and nothing is foreseen twice."""
    park(parts.journal(), [misspelt() for _ in range(30)])
    items, correction = choose(parts.engine, BAD_DATA), read_correction("patch", json.dumps(PATCH).encode(), many=True)
    noting = Noting(parts.engine, parts.vault, parts.keeping)
    beside = partial(foreseer_of, parts.settings, parts.database_url)
    told = foresee(noting, beside, items, correction, worth=2).told
    assert {json.loads(one.said)["outcome"] for one in told} == {"applied"}
    (asked,) = noting.asked
    assert 0 < asked < len(items) == len(told)
