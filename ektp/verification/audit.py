"""The audit: from its first row to its last each follows the one before, and nobody has touched it."""

from collections.abc import Callable
from contextlib import closing
from typing import Final

from sqlalchemy import Connection, text

from consumers.audit_chain import Head, Row, Walk
from ektp.verification.finding import Advance, Check, Finding
from ektp.verification.rows import streamed

_LOOKS: Final = 500  # rows between two looks whether it is enough
_ROWS: Final = text("select seq, at, actor, what, about, detail, mac from audit order by seq")


def walked(
    connection: Connection,
    key: bytes | None,
    exported: Head | None,
    advance: Advance,
    enough: Callable[[], bool] = lambda: False,
) -> Walk:
    """Walk along the chain, to its end or until it is `enough`; without a key only its numbers are looked at."""
    walk = Walk(key, exported)
    with closing(streamed(connection, _ROWS, advance)) as rows:
        for row in rows:
            walk.step(Row(row.seq, row.at, row.actor, row.what, row.about, row.detail, bytes(row.mac)))
            if walk.rows % _LOOKS == 0 and enough():
                return walk
    walk.end()
    return walk


def audit_is_whole(key: bytes | None) -> Check:
    """Return the check of the chain by this key."""

    def check(connection: Connection, advance: Advance) -> list[Finding]:
        """Count the rows that are missing or are not what was noted; `ektp audit verify` says more."""
        walk = walked(connection, key, None, advance)
        examples = [] if walk.first is None else [f"row {walk.first} {walk.why}"]
        return [Finding("audit-is-whole", walk.rows, walk.broken, examples)]

    return check
