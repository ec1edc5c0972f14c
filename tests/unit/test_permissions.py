"""Who may do what and where: the whole table, written here once more by hand."""

from itertools import combinations, product

import pytest

from workflows.permissions import ALLOWED, UNDIVIDED, Action, Role, may, within

TABLE = """
            viewer operator approver auditor admin
look           x       x        x       x      x
search         x       x        x       x      -
reveal         -       x        x       -      -
export         -       x        -       x      -
causes         x       x        x       x      x
repair         -       x        -       -      -
approve        -       -        x       -      -
discard        -       x        -       -      -
declare        -       x        -       -      -
receipts       -       x        -       -      -
messages       -       x        -       -      -
mute           -       x        -       -      x
listen         x       x        x       x      -
send           -       -        -       -      x
audit          -       -        -       x      -
administer     -       -        -       -      x
"""
SCOPES = ((), ("33.74",), ("33.74.10",), ("33",), ("33.74", "33.19"))
OFFICES = (None, "", "33.74", "33.74.10", "33.74.01", "33.19.05", "33.7", "33.740", "31.71", "31.71.01")


def written_down() -> dict[tuple[Role, Action], bool]:
    """Read the table."""
    head, *rows = TABLE.strip().splitlines()
    roles = [Role(name) for name in head.split()]
    cells = [(Action(row.split()[0]), row.split()[1:]) for row in rows]
    return {(role, action): mark == "x" for action, marks in cells for role, mark in zip(roles, marks, strict=True)}


def lies(region: str, office: str | None) -> bool:
    """Tell whether an office lies in a region, by the parts of its code."""
    parts, wanted = (office or "").split("."), region.split(".")
    return parts[: len(wanted)] == wanted


def test_the_table_is_complete_and_what_was_written_down() -> None:
    """Every role and every action, and nothing else."""
    expected = written_down()
    assert set(expected) == set(product(Role, Action))
    assert {(role, action): action in ALLOWED[role] for role, action in expected} == expected


@pytest.mark.parametrize("scope", SCOPES, ids=" ".join)
def test_every_role_may_every_action_at_every_office_or_not(scope: tuple[str, ...]) -> None:
    """Role by action by office: what concerns no single office is for those who are there for all."""
    for (role, action), allowed in written_down().items():
        for office in OFFICES:
            here = not scope or (
                action not in UNDIVIDED and (office is None or any(lies(region, office) for region in scope))
            )
            assert may({role}, scope, action, office) is (allowed and here), (role, action, office)


def test_several_roles_may_what_each_of_them_may() -> None:
    """And nobody without a role may anything."""
    table = written_down()
    for pair, action in product(combinations(Role, 2), Action):
        assert may(pair, (), action) is any(table[role, action] for role in pair)
    assert not any(may((), (), action, office) for action, office in product(Action, OFFICES))


def test_nobody_is_both_persons_of_a_repair_by_one_role() -> None:
    """Nor sees a person and administers, nor changes what is audited."""
    for role, others in (
        (Role.OPERATOR, {Action.APPROVE, Action.ADMINISTER, Action.AUDIT}),
        (Role.APPROVER, {Action.REPAIR, Action.DISCARD, Action.ADMINISTER}),
        (Role.AUDITOR, {Action.REPAIR, Action.APPROVE, Action.REVEAL, Action.ADMINISTER}),
        (Role.ADMIN, {Action.REVEAL, Action.SEARCH, Action.REPAIR, Action.APPROVE}),
    ):
        assert not ALLOWED[role] & others


def test_an_office_lies_in_a_region_by_its_whole_code() -> None:
    """33.7 is no part of 33.74, and what names no office lies in all of them only."""
    assert within((), None)
    assert within((), "")
    assert within(("33",), "33.74.10")
    for office in (None, "", "all", "33", "33.7", "33.740", "34.74.10"):
        assert not within(("33.74",), office)
