"""What is written as COPY text and as array literals, PostgreSQL reads back as it was."""

from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from uuid import uuid4

import psycopg
import pytest

from ektp.storage.copy_text import array, byte_array, copy_text, uuid_text

JAKARTA = timezone(timedelta(hours=7))


class Code(StrEnum):
    """A code of ours."""

    ONE = "one-code"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        r"back\slash",
        r"\N",
        r"\.",
        "tab\there",
        "line\nbreak",
        "return\r",
        '{"a":"\\n"}',
        "Ωñ\u200c",
        "\x7f",
    ],
)
def test_a_row_comes_back_as_it_was(database_url: str, text: str) -> None:
    """Texts that COPY would understand differently, and one value of each type."""
    when = datetime(2026, 2, 12, 12, 0, 0, 123456, JAKARTA)
    row = (text, None, 7, b"\x00\\\xff", when, uuid4(), -1, Code.ONE)
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "create temporary table kept (t text, n text, i int, b bytea, w timestamptz, u uuid, j bigint, c text)"
        )
        with connection.cursor() as cursor, cursor.copy("copy kept from stdin") as copy:
            copy.write(copy_text([row, row]))
        found = connection.execute("select * from kept").fetchall()
    assert found == [row, row]
    assert found[0][4].astimezone(UTC) == when


def test_arrays_come_back_as_they_were(database_url: str) -> None:
    """Numbers, texts, UUIDs, bytes, nulls, and nothing at all."""
    one, other = uuid4(), uuid4()
    with psycopg.connect(database_url) as connection:
        found = connection.execute(
            "select %s::bigint[], %s::text[], %s::uuid[], %s::bytea[], %s::uuid[]",
            [
                array([1, -(2**63)]),
                array(["BL-1", "33.74.10"]),
                array([uuid_text(one), None, uuid_text(other)]),
                byte_array([b"\x00\\\xff", b""]),
                array([]),
            ],
        ).fetchone()
    assert found == ([1, -(2**63)], ["BL-1", "33.74.10"], [one, None, other], [b"\x00\\\xff", b""], [])


def test_a_value_no_column_holds_is_an_error() -> None:
    """Rather than a text that looks like one."""
    with pytest.raises(TypeError, match="dict"):
        copy_text([({},)])
