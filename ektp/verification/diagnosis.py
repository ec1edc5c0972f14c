"""Each part looked at in turn: what was found, and what to do about it."""

import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from consumers.errors import LinkLost, StoreAway
from ektp.bootstrap import Parts
from ektp.broker.errors import BrokerUrlInvalid
from ektp.broker.topology import DEAD_QUEUE, INTAKE_QUEUE, UNCLAIMED_QUEUE
from ektp.errors import WrongUse
from ektp.keyring import AUDIT
from ektp.reading.errors import NotMigrated

PACKAGES: Final = ("schemas", "workflows", "consumers", "ektp")
OLDEST_PYTHON: Final = (3, 11)
_PATIENCE: Final = 60.0  # seconds a letter may wait in the outbox


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"  #: As it should be.
    LOOK = "look"  #: It works; somebody should look.
    FAIL = "fail"  #: It does not work.
    MISSING = "missing"  #: A service is not there.


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at."""

    name: str
    level: Level
    found: str
    remedy: str = ""


def of_this_installation() -> Iterator[Diagnosis]:
    """Look at Python and the packages."""
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= OLDEST_PYTHON
    yield Diagnosis("python", Level.OK if good else Level.FAIL, version, "" if good else "install Python 3.11 or newer")
    homes = {name: _home(name) for name in PACKAGES}
    if len(set(homes.values())) == 1:
        yield Diagnosis("packages", Level.OK, f"all four in {homes['ektp']}")
    else:
        found = ", ".join(f"{name} in {home}" for name, home in homes.items())
        yield Diagnosis("packages", Level.FAIL, found, "two installations are mixed: use a fresh environment")


def of_the_store(made: Parts) -> Iterator[Diagnosis]:
    """Look at the database, the keys, and what waits in the store; the rest is left out after a failure."""
    from ektp.reading.revision import require_migrated  # noqa: PLC0415 - Alembic takes its time

    try:
        revision = require_migrated(made.engine)
    except StoreAway as away:
        yield Diagnosis("database", Level.MISSING, str(away), "start PostgreSQL, or correct EKTP_DATABASE_URL")
        return
    except NotMigrated as error:
        yield Diagnosis("database", Level.FAIL, str(error), "run `ektp migrate`")
        return
    kind = "PostgreSQL" if made.settings.database() else f"embedded PostgreSQL in {made.settings.home}"
    yield Diagnosis("database", Level.OK, f"{kind}, revision {revision}")
    yield _keys(made)
    yield from _waiting(made)


def of_the_broker(url: str | None) -> Iterator[Diagnosis]:
    """Look at the broker, its topology, alarms and consumers; the rest is left out after a failure."""
    from ektp.broker.console import queue_depths  # noqa: PLC0415 - without a broker pika is not needed
    from ektp.verification.broker_health import differences, takes_messages  # noqa: PLC0415

    if url is None:
        remedy = "set EKTP_BROKER_URL for stations on AMQP; HTTP and `ektp apply` lose nothing without it"
        yield Diagnosis("broker", Level.LOOK, "in this process: it promises nothing over a crash", remedy)
        return
    try:
        missing, different = differences(url)
        yield Diagnosis("broker", Level.OK, "it answers")
        yield _topology(missing, different)
        yield _alarms(answers=takes_messages(url))
        yield from _queues(dict(queue_depths(url)))
    except (LinkLost, BrokerUrlInvalid) as error:
        yield Diagnosis("broker", Level.MISSING, str(error), "start RabbitMQ, or correct EKTP_BROKER_URL")


def _home(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent.parent if spec and spec.origin else None


def _keys(made: Parts) -> Diagnosis:
    try:
        made.vault  # noqa: B018 - checks the keys
        if made.keyring.knows(AUDIT):
            made.keyring.audit_key()
    except WrongUse as error:
        return Diagnosis("keys", Level.FAIL, str(error), "give the keys this database was written with")
    return Diagnosis("keys", Level.OK, "those the database was written with")


def _waiting(made: Parts) -> Iterator[Diagnosis]:
    from ektp.reading.parking import open_count  # noqa: PLC0415 - as Alembic
    from ektp.reading.queues import outbox  # noqa: PLC0415
    from ektp.reading.snapshot import snapshot  # noqa: PLC0415
    from ektp.reading.steps import steps_in_trouble  # noqa: PLC0415

    with snapshot(made.engine) as connection:
        parked, letters = open_count(connection), outbox(connection)
        overdue, given_up = steps_in_trouble(connection)
    if parked:
        yield Diagnosis("parked", Level.LOOK, f"{parked} open", "see `ektp parked groups`")
    else:
        yield Diagnosis("parked", Level.OK, "nothing open")
    age = letters["oldest_age"] or 0.0
    found = f"{letters['pending']} pending" + (f", the oldest for {age:.0f} s" if letters["pending"] else "")
    late = age > _PATIENCE
    level = Level.OK if not late else Level.FAIL if made.settings.broker() else Level.LOOK
    yield Diagnosis("outbox", level, found, "start `ektp relay`, or read its log" if late else "")
    if overdue or given_up:
        level = Level.FAIL if overdue and made.settings.broker() else Level.LOOK
        remedy = "start `ektp worker` and `ektp beat`, or read their logs"
        yield Diagnosis("steps", level, f"{overdue} overdue, {given_up} given up", remedy)
    else:
        yield Diagnosis("steps", Level.OK, "none overdue, none given up")


def _topology(missing: list[str], different: list[str]) -> Diagnosis:
    if missing:
        return Diagnosis("topology", Level.FAIL, f"missing: {', '.join(missing)}", "run `ektp migrate`")
    if different:
        found = f"with other arguments: {', '.join(different)}"
        return Diagnosis("topology", Level.FAIL, found, "drain and delete them, then run `ektp migrate`")
    return Diagnosis("topology", Level.OK, "every exchange and queue as it should be")


def _alarms(*, answers: bool) -> Diagnosis:
    if answers:
        return Diagnosis("alarms", Level.OK, "it takes messages")
    remedy = "run `rabbitmq-diagnostics alarms`: free memory or disk; if there is none, see what this account may write"
    return Diagnosis("alarms", Level.FAIL, "it takes no messages", remedy)


def _queues(depths: dict[str, tuple[int, int]]) -> Iterator[Diagnosis]:
    ready, consumers = depths.get(INTAKE_QUEUE, (0, 0))
    if consumers:
        yield Diagnosis("intake", Level.OK, f"{consumers} consuming, {ready} ready")
    else:
        yield Diagnosis("intake", Level.FAIL, f"nobody consumes, {ready} ready", "start `ektp consume`")
    for queue, remedy in (
        (DEAD_QUEUE, "`ektp consume` moves them into the parking lot"),
        (UNCLAIMED_QUEUE, "nobody takes these requests: bind a queue to ektp.requests"),
    ):
        if waiting := depths.get(queue, (0, 0))[0]:
            yield Diagnosis(queue, Level.LOOK, f"{waiting} ready", remedy)
