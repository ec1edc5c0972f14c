"""The history rebuilds every application: the rules applied again to what came give what is stored."""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from ektp.storage.standings import read_standing
from ektp.verification.finding import Advance, Finding
from ektp.verification.rows import grouped, streamed
from workflows.application import receive
from workflows.card_issuance import State, state_of
from workflows.errors import NotInLifecycle
from workflows.facts import fact_of
from workflows.standing import Standing

_HISTORY: Final = text("""
select coalesce(h.application, a.id) as application, h.id, h.version, h.type, h.station, h.data, h.outcome, h.before,
       h.after, a.id as stored, a.version as last, a.state, a.attempt, a.office, a.standing
from history h full join applications a on a.id = h.application
where h.application is not null or h.id is null
order by 1, h.version
""")


def history_replays(connection: Connection, advance: Advance) -> list[Finding]:
    """I-3: versions run from 1 without gaps, each row is what the rules say, and the end is the stored standing."""
    finding = Finding("history-replays")
    for application, rows in grouped(streamed(connection, _HISTORY, advance), lambda row: row.application):
        finding.checked += 1
        _replay(finding, application, rows)
    return [finding]


def _replay(finding: Finding, application: object, rows: Iterator[Row[Any]]) -> None:
    """Replay one application; its first difference is its only violation."""
    standing, version, good, last = Standing(), 0, True, None
    for row in rows:
        last = row
        if row.id is None or not good:
            continue
        version += 1
        standing, wrong = _step(standing, version, row)
        good = finding.expect(not wrong, f"{application} version {row.version}: {wrong}")
    if good and last is not None:
        wrong = _end(standing, version, last)
        finding.expect(not wrong, f"{application}: {wrong}")


def _step(standing: Standing, version: int, row: Row[Any]) -> tuple[Standing, str]:
    """Take one history row in; return the standing after it and what differs, if anything."""
    if row.version != version:
        return standing, f"expected version {version}"
    name = row.type.removeprefix("id.ektp.").removesuffix(".v1")
    try:
        receipt = receive(standing, fact_of(row.id, name, row.data, row.station))
    except (NotInLifecycle, LookupError, TypeError) as error:
        return standing, f"{name} cannot be taken in ({type(error).__name__})"
    told = (row.outcome, row.before, row.after)
    said = (receipt.fate.value, receipt.before.value, receipt.after.value)
    return receipt.standing, "" if told == said else f"{name} is written as {told}, the rules say {said}"


def _end(standing: Standing, version: int, row: Row[Any]) -> str:
    """Compare the end of the history with the application's row."""
    if row.stored is None:
        return "has a history and no row"
    if version == 0:
        return "has a row and no history"
    if row.last != version:
        return f"is at version {row.last}, the history ends with {version}"
    stored = (State(row.state), row.attempt, row.office)
    if stored != (state_of(standing), standing.attempt, standing.office) or read_standing(row.standing) != standing:
        return f"is {row.state}, the history makes it {state_of(standing)}, or the standings differ"
    return ""
