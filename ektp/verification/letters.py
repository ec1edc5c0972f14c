"""What left: notices and requests of an application are numbered from 1 without gaps, as many as it says."""

import json
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from ektp.verification.finding import Advance, Finding
from ektp.verification.rows import paired, streamed

_NOTICES, _REQUESTS = "ektp.notices", "ektp.requests"
# That a recording is missing is said of a held event, that stock is low of an office: no application's series.
_APPLICATIONS: Final = text("select id, notices, requests from applications order by id")
_OUTBOX: Final = text(f"""
select application, exchange, body from outbox where exchange in ('{_NOTICES}', '{_REQUESTS}')
and routing_key not like all (array['recording-missing.%', 'stock-low.%', 'deliver-blanko.%'])
order by application, seq
""")  # noqa: S608 - two names of ours

_STOCK_LOW: Final = text("select routing_key, body from outbox where routing_key like 'stock-low.%' order by seq")
_TOLD: Final = text("select office, sum(told) from stock_alerts group by office")


def letters_are_numbered(connection: Connection, advance: Advance) -> list[Finding]:
    """I-5: in the order of the outbox each series is 1, 2, 3 ... up to the number its application has counted."""
    notices, requests = Finding("notices-are-numbered"), Finding("requests-are-numbered")
    applications = streamed(connection, _APPLICATIONS, advance)
    for application, stored, letters in paired(applications, streamed(connection, _OUTBOX, advance)):
        for finding, exchange, counted in (
            (notices, _NOTICES, stored.notices if stored else 0),
            (requests, _REQUESTS, stored.requests if stored else 0),
        ):
            finding.checked += 1
            series = [_sequence(letter) for letter in letters if letter.exchange == exchange]
            wrong = f"{application}: counted {counted}, {len(series)} in the outbox"
            finding.expect(series == list(range(1, counted + 1)), wrong)
    return [notices, requests]


def stock_letters_are_numbered(connection: Connection, _advance: Advance) -> list[Finding]:
    """In the order of the outbox an office's words that it runs out are 1, 2, 3 ..., as many as were told."""
    finding = Finding("stock-letters-are-numbered")
    told = {office: int(count) for office, count in connection.execute(_TOLD)}
    sent: dict[str, list[int | None]] = {office: [] for office in told}
    for row in connection.execute(_STOCK_LOW):
        sent.setdefault(row.routing_key.partition(".")[2], []).append(_number(row.body))
    for office, series in sorted(sent.items()):
        finding.checked += 1
        counted = told.get(office, 0)
        finding.expect(series == list(range(1, counted + 1)), f"{office}: told {counted}, {len(series)} in the outbox")
    return [finding]


def _number(body: str) -> int | None:
    try:
        return int(json.loads(body)["sequence"])
    except (ValueError, KeyError, TypeError):
        return None


def _sequence(row: Row[Any]) -> int | None:
    """Return the number a letter carries, None where it carries none or speaks of another application."""
    try:
        letter = json.loads(row.body)
        return int(letter["sequence"]) if letter["subject"] == str(row.application) else None
    except (ValueError, KeyError, TypeError):
        return None
