"""The history rebuilds every application: the rules applied again to what came give what is stored."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from ektp.reading.timeline import was_overtaken
from ektp.storage.journal.standings import read_standing
from ektp.verification.finding import Advance, Finding
from ektp.verification.rows import paired, streamed
from schemas.upcasting import UPCASTERS, Step
from workflows.application import receive
from workflows.card_issuance import state_of
from workflows.errors import NotInLifecycle
from workflows.standing import Standing
from workflows.stored import stored

_APPLICATIONS: Final = text("select id, version, state, attempt, office, standing from applications order by id")
_HISTORY: Final = text("""
select application, id, version, type, door, station, data, outcome, before, after
from history where application is not null order by application, version
""")


def history_replays(
    connection: Connection, advance: Advance, upcasters: Mapping[str, Step] = UPCASTERS
) -> list[Finding]:
    """I-3: versions run from 1 without gaps, each row is what the rules say, and the end is the stored standing."""
    finding = Finding("history-replays")
    applications = streamed(connection, _APPLICATIONS, advance)
    for application, kept, rows in paired(applications, streamed(connection, _HISTORY, advance)):
        finding.checked += 1
        wrong = difference(kept, rows, upcasters)
        finding.expect(not wrong, f"{application}: {wrong}")
    return [finding]


def difference(kept: Row[Any] | None, rows: list[Row[Any]], upcasters: Mapping[str, Step] = UPCASTERS) -> str:
    """Replay one application; return the first thing that differs, if anything does."""
    standing = Standing()
    for version, row in enumerate(rows, 1):
        standing, wrong = _step(standing, version, row, upcasters)
        if wrong:
            return f"version {row.version}: {wrong}"
    return _end(standing, len(rows), kept)


def _step(standing: Standing, version: int, row: Row[Any], upcasters: Mapping[str, Step]) -> tuple[Standing, str]:
    """Take one history row in; return the standing after it and what differs, if anything."""
    if row.version != version:
        return standing, f"expected version {version}"
    try:
        event = stored(row.id, row.type, row.data, row.station, upcasters)
        if was_overtaken(standing, event.name, row):
            return standing, ""
        receipt = receive(standing, event.fact)
    except (NotInLifecycle, LookupError, TypeError, ValueError) as error:
        return standing, f"{row.type} cannot be taken in ({type(error).__name__})"
    told = (row.outcome, row.before, row.after)
    said = (receipt.fate.value, receipt.before.value, receipt.after.value)
    return receipt.standing, "" if told == said else f"{event.name} is written as {told}, the rules say {said}"


def _end(standing: Standing, version: int, kept: Row[Any] | None) -> str:
    """Compare the end of the history with the application's row."""
    if kept is None:
        return "has a history and no row"
    if version != kept.version:
        return f"is at version {kept.version}, the history ends with {version}"
    said = (state_of(standing).value, standing.attempt, standing.office)
    if (kept.state, kept.attempt, kept.office) != said:
        return f"is {kept.state}, the history makes it {said[0]}; or attempt or office differ"
    return "" if read_standing(kept.standing) == standing else "the ladders differ from those of the history"
