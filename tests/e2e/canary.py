"""Looks for what must not be found: the planted NIKs, names and addresses, in any text and in every table."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

import psycopg
from psycopg import sql

from tests.bad_inputs import BadInput

NEARLY_A_NIK: Final = re.compile(rb"(?<![0-9])[0-9]{15,17}(?![0-9])")
SHORTEST_NAME: Final = 5  # characters; a shorter one may stand anywhere by chance


def planted_in(cases: Collection[BadInput]) -> set[bytes]:
    """Return what is personal in the bad inputs: every run of digits like a NIK, wherever it stands, and every name."""
    carried = [case.body + repr((case.headers, case.routing_key)).encode() for case in cases]
    niks = {nik for text in carried for nik in NEARLY_A_NIK.findall(text)}
    return niks | {text.encode() for case in cases for text in _personal(case) if len(set(text)) >= SHORTEST_NAME}


def _personal(case: BadInput) -> Iterator[str]:
    try:
        told = json.loads(case.body)
    except (ValueError, RecursionError):
        return
    if isinstance(told, dict) and isinstance(data := told.get("data"), dict):
        address = (data.get("contact") or {}).get("address")
        texts = (told.get("name"), data.get("nik"), data.get("name"), address)
        # Half of a surrogate pair has no bytes to look for.
        yield from (text for text in texts if isinstance(text, str) and text.isprintable())


def leaks(texts: Mapping[str, bytes], canaries: Collection[bytes]) -> list[str]:
    """Return where a canary was found: as it is, as JSON escapes it, or as the hexadecimal text of a binary column."""
    wanted = {form: canary for canary in canaries for form in _forms(canary)}
    pattern = re.compile(b"|".join(map(re.escape, sorted(wanted, key=len, reverse=True))))
    found = {(name, match) for name, text in texts.items() for match in pattern.findall(text)}
    # Whose it is, not what: a failing test must not print it either.
    return sorted(f"{name}: a canary of {len(wanted[match])} bytes" for name, match in found)


def dumped(database_url: str) -> dict[str, bytes]:
    """Return every table as the text that a dump has of it; binary columns are hexadecimal."""
    with psycopg.connect(database_url) as connection:
        names = connection.execute(
            "select tablename from pg_tables where schemaname = 'public' and tablename not like 'history\\_%'"
        ).fetchall()
        return {name: b"".join(_copied(connection, name)) for (name,) in names}


def _copied(connection: psycopg.Connection[tuple[object, ...]], table: str) -> Iterator[bytes]:
    call = sql.SQL("copy (select * from {}) to stdout").format(sql.Identifier(table))
    with connection.cursor() as cursor, cursor.copy(call) as copy:
        for row in copy:
            yield bytes(row)


def _forms(canary: bytes) -> set[bytes]:
    escaped = canary.decode().encode("ascii", "backslashreplace")
    # A dump doubles each backslash.
    return {canary, escaped, escaped.replace(b"\\", b"\\\\"), canary.hex().encode()}
