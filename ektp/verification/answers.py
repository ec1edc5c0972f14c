"""The requests: each that left is waited for by a step, and what is wanted now does not end in silence."""

from typing import Any, Final

from sqlalchemy import Connection, Row, text

from ektp.storage.journal.standings import read_standing
from ektp.verification.finding import Advance, Finding
from ektp.verification.rows import paired, streamed
from workflows.card_issuance import Ask, State
from workflows.open_requests import Request, wanted
from workflows.remedies import ANSWERS

_APPLICATIONS: Final = text("select id, state, standing, requests from applications order by id")
_STEPS: Final = text("""
select application, split_part(key, ':', 3)::integer as number, state, data from steps
where kind = 'await-answer' order by application, number
""")


def requests_are_awaited(connection: Connection, advance: Advance) -> list[Finding]:
    """Each request has its step; whatever is wanted was asked for, and the last asking is open, or was the last."""
    awaited, asked = Finding("requests-are-awaited"), Finding("wanted-is-asked-for")
    applications = streamed(connection, _APPLICATIONS, advance)
    for application, stored, steps in paired(applications, streamed(connection, _STEPS, advance)):
        counted = stored.requests if stored else 0
        awaited.checked += 1
        numbers = [step.number for step in steps]
        awaited.expect(numbers == list(range(1, counted + 1)), f"{application}: {counted} requests, steps {numbers}")
        if stored is None:
            continue
        for request in wanted(read_standing(stored.standing), State(stored.state)):
            asked.checked += 1
            asked.expect(_goes_on(request, steps), f"{application}: {request.ask} is wanted and nobody waits for it")
    return [awaited, asked]


def _goes_on(request: Request, steps: list[Row[Any]]) -> bool:
    """Tell whether the newest step for this request still waits, or was the last that the rules allow."""
    of_it = [step for step in steps if _is_for(request, step.data)]
    if not of_it:
        return False
    newest = of_it[-1]
    return newest.state in ("waiting", "running") or newest.data["asked"] >= ANSWERS[Ask(request.ask)].most


def _is_for(request: Request, data: dict[str, Any]) -> bool:
    if data.get("ask") != request.ask:
        return False
    if request.blanko is not None:
        return bool(data.get("blanko") == request.blanko)
    return data.get("attempt") == request.attempt and data.get("try") == request.try_
