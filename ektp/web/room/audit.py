"""Audit: who did what, taken away as a list or as the end of its chain, and the chain verified while one looks."""

import json
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from threading import Lock
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from sqlalchemy import text
from starlette.responses import Response

from consumers.audit_chain import Head, Walk
from ektp.errors import WrongUse
from ektp.reading.audit import Asked, audit_head, audit_rows, head_in
from ektp.verification.audit import walked
from ektp.web.errors import Forbidden, NotAsked
from ektp.web.room.lists import csv_file
from ektp.web.room.page_route import PageRoute
from ektp.web.room.seat import Form, Seat, Seated
from ektp.web.web import Web, web_of
from schemas.zones import offset_of
from workflows.permissions import Action

router = APIRouter(include_in_schema=False, route_class=PageRoute)
MOST: Final = 50  # rows on a page
PATIENCE: Final = 5.0  # seconds of a verification
_AT_A_TIME: Final = 1000
_COLUMNS: Final = ("seq", "at", "actor", "what", "about", "detail")
_LONGEST: Final = 200
_LARGEST_SEQ: Final = 2**63 - 1
_VERIFYING: Final = Lock()  # it takes a core, a thread of five, and a connection


class Filter(NamedTuple):
    """What somebody asks for, as it stands in the address; days by the western clock, as the audit is of no office."""

    actor: str = ""
    what: str = ""
    about: str = ""
    since: str = ""
    until: str = ""

    def asked(self) -> Asked:
        """Return it as the store is asked. Raises NotAsked."""
        actor, what, about = (value.strip()[:_LONGEST].replace("\0", "") or None for value in self[:3])
        return Asked(actor, what, about, _midnight(self.since), _midnight(self.until, 1))

    def address(self) -> str:
        """Return it as the query of an address."""
        return urlencode({name: value for name, value in self._asdict().items() if value})


class Verdict(NamedTuple):
    """What a verification found; `left` are rows that there was no time for."""

    walk: Walk
    left: int
    exported: Head | None


def _filter(actor: str = "", what: str = "", about: str = "", since: str = "", until: str = "") -> Filter:
    return Filter(actor, what, about, since, until)


Asking = Annotated[Filter, Depends(_filter)]


@router.get("/audit")
def noted(seat: Seated, asked: Asking, before: int = 0) -> Response:
    """List what was noted, the newest first."""
    return _drawn(seat, asked, before)


@router.get("/audit.csv")
def noted_as_file(seat: Seated, asked: Asking) -> Response:
    """Give all of the same as a file."""
    if not seat.may(Action.EXPORT):
        raise Forbidden("the roles of this account do not allow this")
    return csv_file("audit", _COLUMNS, _every(web_of(seat.request), asked.asked()))


@router.get("/audit/head")
def head(seat: Seated) -> Response:
    """Give the end of the chain to take away, as `ektp audit head --json` prints it."""
    with web_of(seat.request).snapshot() as connection:
        told = audit_head(connection)
    headers = {"Content-Disposition": 'attachment; filename="audit-head.json"'}
    return Response(f"{json.dumps(told, ensure_ascii=False)}\n", media_type="application/json", headers=headers)


@router.post("/audit/verify")
def verify(posted: Form) -> Response:
    """Walk along the chain for some seconds at most, and say how far, and whether it is whole so far."""
    pasted = posted.text("head")
    exported = head_in(pasted) if pasted else None
    if pasted and exported is None:
        return _drawn(posted.seat, Filter(), status=422, wrong="audit-no-head", pasted=pasted)
    if not _VERIFYING.acquire(blocking=False):
        return _drawn(posted.seat, Filter(), status=503, wrong="audit-busy", pasted=pasted)
    try:
        verdict = _verified(web_of(posted.seat.request), exported)
    except WrongUse:
        return _drawn(posted.seat, Filter(), status=503, wrong="audit-no-key", pasted=pasted)
    finally:
        _VERIFYING.release()
    return _drawn(posted.seat, Filter(), verdict=verdict, pasted=pasted)


def _verified(web: Web, exported: Head | None) -> Verdict:
    """Verify as much as there is time for. Raises WrongUse where the key is not here, and StoreAway."""
    key = web.parts.keyring.audit_key()
    until = time.monotonic() + PATIENCE
    with web.snapshot() as connection:
        connection.execute(text("set local statement_timeout = 0"))
        last = audit_head(connection)["seq"]
        walk = walked(connection, key, exported, lambda _rows: None, lambda: time.monotonic() > until)
    return Verdict(walk, 0 if walk.ended else max(last - walk.head.seq, 0), exported)


def _drawn(seat: Seat, asked: Filter, before: int = 0, status: int = 200, **said: Any) -> Response:  # noqa: ANN401 - as Jinja
    number = before if 0 < before <= _LARGEST_SEQ else None
    with web_of(seat.request).snapshot() as connection:
        rows = list(audit_rows(connection, asked.asked(), before=number, most=MOST + 1))
        last = audit_head(connection)
    following = rows[MOST - 1]["seq"] if len(rows) > MOST else None
    return seat.drawn(
        "room/audit.html", status, rows=rows[:MOST], head=last, asked=asked._asdict(), address=asked.address(),
        before=number, following=following, **{"wrong": None, "verdict": None, "pasted": "", **said},
    )  # fmt: skip


def _every(web: Web, asked: Asked) -> Iterator[Mapping[str, Any]]:
    """Yield every row; no connection is kept while whoever takes them is slow."""
    before: int | None = None
    while True:
        with web.snapshot() as connection:
            rows = list(audit_rows(connection, asked, before=before, most=_AT_A_TIME))
        for row in rows:
            yield {**row, "detail": json.dumps(row["detail"], ensure_ascii=False)}
        if len(rows) < _AT_A_TIME:
            return
        before = rows[-1]["seq"]


def _midnight(day: str, later: int = 0) -> datetime | None:
    """Return when a day begins, or one so many days later. Raises NotAsked."""
    if not day.strip():
        return None
    try:
        begins = date.fromisoformat(day.strip()) + timedelta(days=later)
        return datetime.combine(begins, clock(), UTC) - offset_of("")
    except (ValueError, OverflowError):
        raise NotAsked("since and until are days: 2026-02-12") from None
