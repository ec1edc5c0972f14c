"""What left: notices and requests of an application are numbered from 1 without gaps, as many as it says."""

import json
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from ektp.verification.finding import Advance, Finding
from ektp.verification.rows import grouped, streamed

_NOTICES, _REQUESTS = "ektp.notices", "ektp.requests"
_OUTBOX: Final = text(f"""
select a.id, a.notices, a.requests, o.application, o.exchange, o.body
from applications a full join
    (select * from outbox where exchange in ('{_NOTICES}', '{_REQUESTS}')) o on o.application = a.id
order by coalesce(a.id, o.application), o.seq
""")  # noqa: S608 - two names of ours


def letters_are_numbered(connection: Connection, advance: Advance) -> list[Finding]:
    """I-5: in the order of the outbox each series is 1, 2, 3 ... up to the number its application has counted."""
    findings = {name: Finding(f"{name}-are-numbered") for name in ("notices", "requests")}
    for _, rows in grouped(streamed(connection, _OUTBOX, advance), lambda row: row.id or row.application):
        series: dict[str, list[int | None]] = {_NOTICES: [], _REQUESTS: []}
        last: Row[Any] | None = None
        for row in rows:
            last = row
            if row.exchange is not None:
                series[row.exchange].append(_sequence(row))
        if last is not None:
            _compare(findings["notices"], last, last.notices, series[_NOTICES])
            _compare(findings["requests"], last, last.requests, series[_REQUESTS])
    return list(findings.values())


def _compare(finding: Finding, row: Row[Any], counted: int | None, series: list[int | None]) -> None:
    finding.checked += 1
    expected = list(range(1, (counted or 0) + 1))
    where = row.id or row.application
    finding.expect(series == expected, f"{where}: counted {counted}, {len(series)} in the outbox")


def _sequence(row: Row[Any]) -> int | None:
    """Return the number a letter carries, None where it carries none or speaks of another application."""
    try:
        letter = json.loads(row.body)
        return int(letter["sequence"]) if letter["subject"] == str(row.application) else None
    except (ValueError, KeyError, TypeError):
        return None
