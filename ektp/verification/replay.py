"""The history rebuilds every application: the rules applied again to what came give what is stored."""

from typing import Any, Final

from sqlalchemy import Connection, Row, text

from ektp.reading.timeline import name_of, was_overtaken
from ektp.storage.standings import read_standing
from ektp.verification.finding import Advance, Finding
from ektp.verification.rows import paired, streamed
from workflows.application import receive
from workflows.card_issuance import state_of
from workflows.errors import NotInLifecycle
from workflows.facts import fact_of
from workflows.standing import Standing

_APPLICATIONS: Final = text("select id, version, state, attempt, office, standing from applications order by id")
_HISTORY: Final = text("""
select application, id, version, type, door, station, data, outcome, before, after
from history where application is not null order by application, version
""")


def history_replays(connection: Connection, advance: Advance) -> list[Finding]:
    """I-3: versions run from 1 without gaps, each row is what the rules say, and the end is the stored standing."""
    finding = Finding("history-replays")
    applications = streamed(connection, _APPLICATIONS, advance)
    for application, stored, rows in paired(applications, streamed(connection, _HISTORY, advance)):
        finding.checked += 1
        wrong = difference(stored, rows)
        finding.expect(not wrong, f"{application}: {wrong}")
    return [finding]


def difference(stored: Row[Any] | None, rows: list[Row[Any]]) -> str:
    """Replay one application; return the first thing that differs, if anything does."""
    standing = Standing()
    for version, row in enumerate(rows, 1):
        standing, wrong = _step(standing, version, row)
        if wrong:
            return f"version {row.version}: {wrong}"
    return _end(standing, len(rows), stored)


def _step(standing: Standing, version: int, row: Row[Any]) -> tuple[Standing, str]:
    """Take one history row in; return the standing after it and what differs, if anything."""
    if row.version != version:
        return standing, f"expected version {version}"
    if was_overtaken(standing, row):
        return standing, ""
    name = name_of(row.type)
    try:
        receipt = receive(standing, fact_of(row.id, name, row.data, row.station))
    except (NotInLifecycle, LookupError, TypeError) as error:
        return standing, f"{name} cannot be taken in ({type(error).__name__})"
    told = (row.outcome, row.before, row.after)
    said = (receipt.fate.value, receipt.before.value, receipt.after.value)
    return receipt.standing, "" if told == said else f"{name} is written as {told}, the rules say {said}"


def _end(standing: Standing, version: int, stored: Row[Any] | None) -> str:
    """Compare the end of the history with the application's row."""
    if stored is None:
        return "has a history and no row"
    if version != stored.version:
        return f"is at version {stored.version}, the history ends with {version}"
    said = (state_of(standing).value, standing.attempt, standing.office)
    if (stored.state, stored.attempt, stored.office) != said:
        return f"is {stored.state}, the history makes it {said[0]}; or attempt or office differ"
    return "" if read_standing(stored.standing) == standing else "the ladders differ from those of the history"
