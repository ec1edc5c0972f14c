"""Who may say what: one event judged by the account of whoever sent it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemas.reasons import Reason
from schemas.refusals import Refusal
from schemas.roles import SAYS, covers

if TYPE_CHECKING:
    from consumers.registry import Station
    from schemas.submission import Submission


def judged(submission: Submission, station: Station) -> Submission:
    """Return the submission in the name of its station: refused where it may not say this, else with its scope."""
    sent = replace(submission, sender=station.name, scope=station.office)
    event = sent.event
    if event is None:
        return sent
    if event.station != station.name:
        return _refused(sent, "source-of-another", "an account speaks for its own station only")
    if event.name not in SAYS[station.role]:
        return _refused(sent, "event-not-of-role", f"a {station.role} does not say {event.name}")
    office = getattr(event.data, "office", None)
    if isinstance(office, str) and not covers(station.office, office):
        return _refused(sent, "office-of-another", "data.office is not of this account's region")
    if event.name == "station-day-closed" and event.subject != station.name:
        return _refused(sent, "station-of-another", "a station closes its own day only")
    return sent


def _refused(sent: Submission, violation: str, detail: str) -> Submission:
    assert sent.event is not None
    about = Refusal(Reason.SENDER_NOT_ALLOWED, detail, str(sent.event.id), violation=violation)
    return replace(sent, event=None, refusal=about)
