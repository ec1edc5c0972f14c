"""What the centre tells a station: which of its events were parked, repaired or are wanted again, a day's count."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid5

from ektp.station.parcels import Word
from ektp.station.spool import Spool
from schemas.errors import Refused
from schemas.values import is_uuid
from schemas.wire_json import read_object

WANTED: Final = "events-wanted"
_PARKED: Final = "event-parked"
_KEEP: Final = "insert or ignore into words (id, kind, event, at, data) values (?, ?, ?, ?, ?)"
_OPEN: Final = """
select event, at, data from words as parked where kind = 'event-parked' and not exists (
    select 1 from words where kind = 'event-repaired' and event = parked.event and at >= parked.at
) order by at desc limit ?
"""


def word_of(body: bytes) -> Word | None:
    """Read a word of the centre; None for what is none, so that nothing unreadable stays in the way."""
    try:
        told = read_object(body)
    except Refused:
        return None
    kind, data = str(told.get("type", "")).removeprefix("id.ektp.").removesuffix(".v1"), told.get("data")
    if not is_uuid(told.get("id")) or not isinstance(data, dict):
        return None
    return Word(str(told["id"]), kind, str(told.get("time", "")), data)


def parked_word(event: str, reason: str, at: str) -> Word:
    """Make the word that an answer over HTTP stands for; the same for the same answer."""
    return Word(str(uuid5(UUID(event), reason)), _PARKED, at, {"event": event, "reason": reason})


def keep(spool: Spool, words: Sequence[Word]) -> list[Word]:
    """Keep what was heard and return what is new of it. Raises SpoolUnusable.

    What a restored centre wants again is unsent from here on, before its wish is kept: a wish that comes twice costs
    little, one that is lost costs recordings.
    """
    fresh = [one for one in words if not spool.ask("select 1 from words where id = ?", one.id)]
    for one in fresh:
        if (since := wanted_since(one)) is not None:
            spool.send_again(since.timestamp())
    rows = [
        (one.id, one.kind, one.data.get("event") or one.data.get("parked"), one.at, json.dumps(one.data))
        for one in fresh
    ]
    spool.tell(_KEEP, rows)
    return fresh


def wanted_since(word: Word) -> datetime | None:
    """Return from when on everything is wanted again, None for a word that says something else."""
    if word.kind != WANTED:
        return None
    try:
        since = datetime.fromisoformat(str(word.data.get("since")))
    except ValueError:
        return None
    return since if since.tzinfo else None


def still_parked(spool: Spool, most: int = 50) -> list[dict[str, Any]]:
    """Return the events that the centre has parked and not repaired, the newest first."""
    rows = spool.ask(_OPEN, most)
    return [{"event": event, "at": at, **_reason(json.loads(str(data)))} for event, at, data in rows]


def sentence(word: Word) -> str | None:
    """Say a word of the centre in one line; None for one that this release does not know."""
    data = word.data
    match word.kind:
        case "event-parked":
            detail = f", {data['detail']}" if data.get("detail") else ""
            return f"event {data.get('event', '(without an id)')} was parked: {data.get('reason')}{detail}"
        case "event-repaired":
            return f"event {data.get('event', '(without an id)')} was repaired and taken in"
        case "events-wanted":
            return f"the centre was restored: everything it confirmed since {data.get('since')} goes again"
        case "station-day-counted":
            return "; ".join(_counted(data))
        case _:
            return None


def _counted(data: Mapping[str, Any]) -> Iterator[str]:
    yield f"{_day(data.get('date'))}: {data.get('arrived')} of {data.get('counted')} arrived"
    missing = data.get("missing")
    if isinstance(missing, list) and missing:
        yield f"missing are the numbers {', '.join(map(str, missing[:20]))}{' ...' if len(missing) > 20 else ''}"


def _day(text: object) -> str:
    try:
        day = date.fromisoformat(str(text))
    except ValueError:
        return str(text)
    return f"{day:%A} {day.day} {day:%B}"


def _reason(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"reason": data.get("reason"), "detail": data.get("detail")}
