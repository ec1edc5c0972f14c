"""What was noted in the audit: the newest rows, and the end of the chain."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, text

from consumers.audit_chain import Head
from ektp.errors import WrongUse
from ektp.reading.moments import written

_AT_A_TIME: Final = 1000
_ROWS: Final = "select seq, at, actor, what, about, detail from audit where {} order by seq desc limit :most"
# Moments never go back along the chain: a span of them is a span of numbers, found by one look into an index each.
_CONDITIONS: Final = {
    "actor": "actor = :actor",
    "what": "what = :what",
    "about": "about = :about",
    "since": "seq >= (select min(seq) from audit where at >= :since)",
    "until": "seq <= (select max(seq) from audit where at < :until)",
    "before": "seq < :before",
}
_LAST: Final = text("select seq, mac, at from audit order by seq desc limit 1")


class Asked(NamedTuple):
    """Which rows: by whom, of which kind, about what, noted from a moment on and until another."""

    actor: str | None = None
    what: str | None = None
    about: str | None = None
    since: datetime | None = None
    until: datetime | None = None


EVERYTHING: Final = Asked()


def audit_rows(
    connection: Connection, asked: Asked = EVERYTHING, *, before: int | None = None, most: int | None = None
) -> Iterator[dict[str, Any]]:
    """Yield what was noted, the newest first: seq, at, actor, what, about, detail; at most so many, before a number."""
    given = {**asked._asdict(), "before": before}
    values = {name: value for name, value in given.items() if value is not None}
    question = text(_ROWS.format(" and ".join([_CONDITIONS[name] for name in values] or ["true"])))
    for row in connection.execute(question.execution_options(yield_per=_AT_A_TIME), {**values, "most": most}):
        yield {**row._mapping, "at": written(row.at)}  # noqa: SLF001 - public, in spite of its name


def audit_head(connection: Connection) -> dict[str, Any]:
    """Return the end of the chain for keeping it elsewhere: seq, mac as 64 hexadecimal digits, at (None: empty)."""
    row = connection.execute(_LAST).one_or_none()
    if row is None:
        return {"seq": 0, "mac": Head().mac.hex(), "at": None}
    return {"seq": row.seq, "mac": bytes(row.mac).hex(), "at": written(row.at)}


def exported_head(file: Path) -> Head:
    """Read a head that was exported. Raises WrongUse for what is none."""
    try:
        head = head_in(file.read_bytes())
    except OSError as error:
        raise WrongUse(f"{file}: {error.strerror}") from None
    if head is None:
        raise WrongUse(f"{file} is no head of an audit: `ektp audit head --json` writes one")
    return head


def head_in(written_: bytes | str) -> Head | None:
    """Return the head that was written, None where it is none."""
    try:
        told = json.loads(written_)
        head = Head(int(told["seq"]), bytes.fromhex(told["mac"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return head if head.seq >= 0 and len(head.mac) == len(Head().mac) else None
