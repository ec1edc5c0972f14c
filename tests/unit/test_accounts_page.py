"""docs/accounts.md: its tables are those of the program and of the attempts that are run against the broker."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from schemas.roles import SAYS, Role
from schemas.violations import DETAILS
from tests.e2e.forgeries import FORGED
from tests.e2e.logins import LOGINS
from tests.e2e.refusals import REFUSED
from tests.pages import table_in

PAGE = Path(__file__).parents[2] / "docs" / "accounts.md"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table."""
    lines = (head, ["---"] * len(head), *rows)
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def attempts() -> str:
    """Write every attempt with its number."""
    answers = [(one.what, one.expected) for one in (*LOGINS, *REFUSED)]
    answers += [(one.what, f"parked `{one.expected}`") for one in FORGED]
    return table(("", "attempt", "answer"), ((number, *row) for number, row in enumerate(answers, 1)))


def said(role: Role) -> str:
    """Write the events of a role."""
    return ", ".join(f"`{name}`" for name in sorted(SAYS[role]))


TABLES = {
    "roles": lambda: table(("role", "events"), ((f"`{role}`", said(role)) for role in Role)),
    "violations": lambda: table(("violation", "what is said"), ((f"`{one}`", words) for one, words in DETAILS.items())),
    "attempts": attempts,
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_the_page_is_what_the_program_says_now(name: str, pytestconfig: pytest.Config) -> None:
    """Run with --rewrite-docs to write it anew."""
    rewrite = pytestconfig.getoption("--rewrite-docs")
    assert table_in(PAGE, name, TABLES[name], rewrite=rewrite) == TABLES[name]()


def test_there_are_at_least_forty_attempts_and_no_two_alike() -> None:
    """So many were asked for."""
    whats = [one.what for one in (*LOGINS, *REFUSED, *FORGED)]
    assert len(whats) == len(set(whats)) >= 40
