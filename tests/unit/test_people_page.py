"""docs/people.md: its tables are those of the program."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

from ektp.web.access.rights import RIGHTS, RIGHTS_OF_A_CITY
from tests.pages import table_in
from workflows.permissions import ALLOWED, UNDIVIDED, Action, Role

PAGE = Path(__file__).parents[2] / "docs" / "people.md"
WORDS = {
    Action.LOOK: "see boards, lists and details, persons masked",
    Action.SEARCH: "find an application by its NIK",
    Action.REVEAL: "see a NIK or a name, with a reason",
    Action.EXPORT: "take lists away as a file",
    Action.CAUSES: "see what is parked by its cause, and the repairs",
    Action.REPAIR: "plan and run a repair of parked messages",
    Action.APPROVE: "be the second person of a repair",
    Action.DISCARD: "give up a parked message",
    Action.DECLARE: "say an operator's event",
    Action.RECEIPTS: "give a resident a new PIN",
    Action.MESSAGES: "say what became of a message to a resident",
    Action.MUTE: "silence an alert for a while",
    Action.LISTEN: "hear every notice as it leaves",
    Action.SEND: "send events in the name of any station",
    Action.AUDIT: "read the audit and verify it",
    Action.ADMINISTER: "look after accounts, stations and backups",
}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table."""
    lines = (head, ["---"] * len(head), *rows)
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def roles() -> str:
    """Write who may do what."""
    rows = [
        (
            f"`{action}`: {WORDS[action]}{', *everywhere*' if action in UNDIVIDED else ''}",
            *("x" if action in ALLOWED[role] else "" for role in Role),
        )
        for action in Action
    ]
    return table(("", *Role), rows)


def routes() -> str:
    """Write what each route asks for, last those of a simulated city."""
    every = {**RIGHTS, **RIGHTS_OF_A_CITY}
    return table(("route", "who"), ((f"`{route}`", f"`{right}`") for route, right in every.items()))


TABLES: dict[str, Callable[[], str]] = {
    "roles": roles,
    "routes": routes,
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_the_page_is_what_the_program_says_now(name: str, pytestconfig: pytest.Config) -> None:
    """Run with --rewrite-docs to write it anew."""
    rewrite = pytestconfig.getoption("--rewrite-docs")
    assert table_in(PAGE, name, TABLES[name], rewrite=rewrite) == TABLES[name]()
