"""How often a password may be tried: pauses that grow, for a name and for an address, and end."""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest
from sqlalchemy import Engine

from ektp.storage.engine import transaction
from ektp.storage.people.login_failures import FREE, LONGEST, PostgresLoginFailures

OVER: Final = "update login_failures set until = now() - interval '1 second'"
AN_HOUR: Final = "update login_failures set until = now() - interval '61 minutes'"


@pytest.fixture
def failures(engine: Engine) -> PostgresLoginFailures:
    """Give what counts them."""
    return PostgresLoginFailures(engine)


def passed(engine: Engine, statement: str = OVER) -> None:
    """Let every pause be over."""
    with transaction(engine) as connection:
        connection.execute(statement)


def test_pauses_grow_and_never_become_a_lock_out(failures: PostgresLoginFailures, engine: Engine) -> None:
    """A second, two, four, and at most a minute; a try during a pause neither counts nor lengthens it."""
    for number in range(FREE["name"]):
        assert failures.take("siti", f"10.0.0.{number}") == 0
    pauses = []
    for number in range(9):
        wait = failures.take("siti", f"10.0.1.{number}")
        assert 0 < failures.take("siti", f"10.0.2.{number}") <= wait
        pauses.append(wait)
        passed(engine)
        assert failures.take("siti", f"10.0.3.{number}") == 0
    for wait, most in zip(pauses, (1, 2, 4, 8, 16, 32, 60, 60, 60), strict=True):
        assert most - 1 < wait <= most
    assert LONGEST["name"] == 60


def test_an_address_that_tries_many_names_has_to_wait(failures: PostgresLoginFailures) -> None:
    """Others do not, and a name is not counted where the address was refused."""
    for number in range(FREE["address"]):
        assert failures.take(f"name{number}", "10.0.0.1") == 0
    assert 0 < failures.take("siti", "10.0.0.1") <= 1
    for number in range(FREE["name"]):
        assert failures.take("siti", f"10.0.1.{number}") == 0


def test_the_right_password_and_an_hour_forget(failures: PostgresLoginFailures, engine: Engine) -> None:
    """All of a name's tries, and one of the address's; what is old is swept away."""
    for number in range(3 * FREE["address"]):
        assert failures.take("siti", "10.0.0.1") == 0
        failures.right("siti", "10.0.0.1")
        assert number < 100
    for _ in range(FREE["name"]):
        failures.take("siti", "10.0.0.1")
    assert failures.take("siti", "10.0.0.2") > 0
    passed(engine, AN_HOUR)
    for _ in range(FREE["name"]):
        assert failures.take("siti", "10.0.0.2") == 0
    assert len(kept(engine)) == 2


def test_whoever_tries_many_at_once_has_no_more_tries(failures: PostgresLoginFailures) -> None:
    """They are counted before a password is looked at."""
    with ThreadPoolExecutor(8) as crowd:
        waits = list(crowd.map(lambda number: failures.take("siti", f"10.0.0.{number}"), range(40)))
    assert FREE["name"] <= waits.count(0) <= FREE["name"] + 2


def test_what_was_typed_as_a_name_is_not_kept(failures: PostgresLoginFailures, engine: Engine) -> None:
    """It may be a password, or a NIK."""
    failures.take("3374106508990001", "10.0.0.1")
    assert not any("3374106508990001" in what or "10.0.0.1" in what for what in kept(engine))


def kept(engine: Engine) -> list[str]:
    """Return under what the tries are kept."""
    with transaction(engine) as connection:
        return [row[0] for row in connection.execute("select what from login_failures")]
