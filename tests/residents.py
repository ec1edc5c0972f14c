"""A store in which residents are told: a way to plan, to deliver, and to read what the sink holds."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from consumers.journal import Journal
from ektp.bootstrap import Parts
from ektp.step_ports import step_ports, step_runner
from ektp.storage.engine import transaction
from tests.histories import History
from tests.web_client import parts_on
from workflows.steps.kinds import KINDS

WAITING: Final = """
select steps.id from steps join messages on key = 'message/' || messages.id::text
where steps.state = 'waiting' order by planned, sequence
"""


class Residents:
    """The parts of a process, and short words for what the schedule and a worker would do."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.folder = parts.settings.home / "messages"
        self._journal: Journal | None = None

    def tell(self, *histories: History) -> None:
        """Let the pipeline take in what was said."""
        self._journal = self._journal or self.parts.journal()
        self._journal.apply([one for history in histories for one in history.submissions()])

    def plan(self) -> int:
        """Plan what is to be told."""
        return step_ports(self.parts).messages.plan()

    def deliver(self) -> None:
        """Run every step that waits to deliver a message, also those whose time has not come."""
        self.sql("update steps set due = '2000-01-01' where kind = 'deliver-message' and state = 'waiting'")
        runner = step_runner(self.parts, KINDS, 30.0)
        for (step,) in self.sql(WAITING):
            runner.run(step)

    def sql(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Ask or change something behind everybody's back."""
        with transaction(self.parts.engine) as connection:
            done = connection.execute(statement, values)
            return done.fetchall() if done.description else []

    @property
    def sink(self) -> list[dict[str, Any]]:
        """Every message in the files."""
        return lines_of(self.folder)

    def states(self, application: UUID | None = None) -> dict[str, str]:
        """Return the state of every message by the name of its notice."""
        asked = "select notice, state from messages where %s::uuid is null or application = %s order by planned"
        return dict(self.sql(asked, [application, application]))


@contextmanager
def residents_on(url: str, home: Path, config: str = "") -> Iterator[Residents]:
    """Give a store with a configuration."""
    file = home / "ektp.toml"
    file.write_text(config)
    with parts_on(url, home, config=file) as parts:
        yield Residents(parts)


def lines_of(folder: Path) -> list[dict[str, Any]]:
    """Return what the sink of a folder holds, line by line."""
    files = sorted(folder.glob("*.jsonl")) if folder.exists() else []
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def with_contact(history: History, kind: str = "sms", address: str = "+62811000001", **more: str) -> History:
    """Give the last recording of a history a contact."""
    history.events[-1]["data"]["contact"] = {"kind": kind, "address": address, **more}
    return history
