"""What timekeeper and allocator propose: events of the pipeline's own, with ids that follow from what they say."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from schemas.moments import write_moment
from schemas.submission import Door, Submission, read_event
from workflows.deadlines import HELD
from workflows.remedies import Then
from workflows.standing import Standing
from workflows.suket import WITHHELD, valid_until
from workflows.timers import Due
from workflows.visits import Booked, planned_data

# Derived ids must never change: two sweepers that find the same say the same, once.
_IDS: Final = UUID("3c5d6b0e-8f1a-4a57-9d0e-2b6f4c1e7a55")


def passed(application: UUID, version: int, standing: Standing, due: Due) -> Submission:
    """Return that a deadline has passed, decided on this version of the application."""
    said: dict[str, int | str] = {"attempt": standing.attempt, "try": standing.try_, "version": version}
    said |= {"deadline": due.deadline, "then": due.then.value}
    return _propose("deadline-passed", application, due.at, said)


def letter(application: UUID, version: int, standing: Standing, due: Due, now: datetime) -> Submission:
    """Return that a letter is issued now, decided on this version of the application."""
    until = write_moment(valid_until(now))
    said = {"attempt": standing.attempt, "version": version, "deadline": due.deadline, "until": until}
    return _propose("suket-issued", application, now, said)


def letter_withheld(application: UUID, version: int, standing: Standing, due: Due) -> Submission:
    """Return that a letter was due, and blanko lay free instead."""
    return passed(application, version, standing, due._replace(deadline=WITHHELD, then=Then.TELL))


def held_too_long(application: UUID, attempt: int, version: int, held: UUID, due: datetime) -> Submission:
    """Return that an event has waited too long; *version* is 0 for an application nobody knows."""
    said = {"attempt": attempt, "version": version, "deadline": HELD.name, "then": HELD.then.value, "held": str(held)}
    return _propose("deadline-passed", application, due, said)


def moved(  # noqa: PLR0913, PLR0917 - what an event says
    application: UUID, version: int, due: Due, before: datetime, now: datetime, because: str
) -> Submission:
    """Return that the next deadline has another date than it had on this version of the application."""
    said = {"deadline": due.deadline, "from": write_moment(before), "until": write_moment(due.at), "because": because}
    return _propose("deadline-moved", application, now, said, version)


def allocated(  # noqa: PLR0913, PLR0917 - what an event says
    application: UUID, version: int, serial: str, office: str, turn: int, because: str, now: datetime
) -> Submission:
    """Return that a blanko is given to this version of the application; the same gift has the same id."""
    data = {"blanko": serial, "office": office, "turn": turn, "version": version, "because": because}
    told = f"blanko-allocated|{application}|{version}|{serial}"
    return _said("allocator", "blanko-allocated", application, now, data, told)


def visit(one: Booked, now: datetime) -> Submission:
    """Return that a visit is promised; the same visit has the same id."""
    return _said("outreach", "visit-planned", one.id, now, planned_data(one), f"visit-planned|{one.id}")


def _propose(name: str, application: UUID, time: datetime, data: Mapping[str, Any], version: int = 0) -> Submission:
    when = write_moment(time)
    told = "|".join((name, str(application), str(version), when, *(f"{key}={data[key]}" for key in sorted(data))))
    return _said("timekeeper", name, application, time, data, told)


def _said(  # noqa: PLR0913, PLR0917 - as above
    who: str, name: str, application: UUID, time: datetime, data: Mapping[str, Any], told: str
) -> Submission:
    said = {
        "specversion": "1.0",
        "id": str(uuid5(_IDS, told)),
        "source": f"/pipeline/{who}",
        "type": f"id.ektp.{name}.v1",
        "subject": str(application),
        "time": write_moment(time),
        "data": data,
    }
    event = read_event(said)
    return Submission(Door.SYSTEM, "", event.canonical(), event, None)
