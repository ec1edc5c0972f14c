"""What was noted in the audit: the newest rows, and the end of the chain."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, text

from consumers.audit_chain import Head
from ektp.errors import WrongUse
from ektp.reading.moments import written

_AT_A_TIME: Final = 1000
_ROWS: Final = text("""
select seq, at, actor, what, about, detail from audit
where (cast(:actor as text) is null or actor = :actor) and (cast(:what as text) is null or what = :what)
    and (cast(:about as text) is null or about = :about)
order by seq desc limit :most
""")
_LAST: Final = text("select seq, mac, at from audit order by seq desc limit 1")


def audit_rows(
    connection: Connection,
    *,
    actor: str | None = None,
    what: str | None = None,
    about: str | None = None,
    most: int | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield what was noted, the newest first: seq, at, actor, what, about, detail; at most so many."""
    asked = {"actor": actor, "what": what, "about": about, "most": most}
    for row in connection.execute(_ROWS.execution_options(yield_per=_AT_A_TIME), asked):
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
        told = json.loads(file.read_bytes())
        head = Head(int(told["seq"]), bytes.fromhex(told["mac"]))
    except OSError as error:
        raise WrongUse(f"{file}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise WrongUse(f"{file} is no head of an audit: `ektp audit head --json` writes one") from None
    if head.seq < 0 or len(head.mac) != len(Head().mac):
        raise WrongUse(f"{file} is no head of an audit: `ektp audit head --json` writes one")
    return head
