"""The two subscribers of the examples as processes: started, killed, and asked what they have done."""

import json
import os
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import psycopg

from tests.e2e.node import EXAMPLES
from tests.e2e.pipeline import Pipeline
from tests.subscribed import own_url

PYTHON: Final = "python"
TYPESCRIPT: Final = "typescript"
_WRITTEN: Final = "select id::text, application::text from outbox where exchange = 'ektp.notices' order by seq"


class Listener:
    """One subscriber: it is told where its broker is and nothing else, and writes into a folder of its own."""

    def __init__(self, pipeline: Pipeline, language: str, account: dict[str, Any], built: Path | None = None) -> None:
        self._pipeline, self._account = pipeline, account
        self.name = f"listener-{language}"
        self.kills = 0
        folder = Path(pipeline.environment["EKTP_HOME"]).parent
        self._sqlite, self._journal, self._output = (
            folder / "notices.sqlite",
            folder / "notices.jsonl",
            folder / self.name,
        )
        python = [sys.executable, "-I", str(EXAMPLES / "subscriber.py")]
        self._call = python if built is None else ["node", str(built / "subscriber.js")]
        self._python = built is None

    def start(self, *words: str) -> None:
        """Start it, or start it again."""
        environment = {"PATH": os.environ["PATH"], "EKTP_BROKER_URL": own_url(self._account)}
        self._pipeline.start_foreign(self.name, [*self._call, *words], environment, self._output)

    def kill(self) -> None:
        """End it with kill -9."""
        self._pipeline[self.name].kill()
        self.kills += 1

    def told(self) -> list[dict[str, Any]]:
        """Return the notices it has done, in the order in which it did them."""
        return self._from_sqlite() if self._python else self._from_journal()

    def lines(self) -> list[str]:
        """Return what it printed."""
        return self._output.read_text().splitlines() if self._output.exists() else []

    def _from_sqlite(self) -> list[dict[str, Any]]:
        if not self._sqlite.exists():
            return []
        with closing(sqlite3.connect(f"file:{self._sqlite}?mode=ro", uri=True)) as kept:
            try:
                rows = kept.execute("select body from notices where told is not null order by told").fetchall()
            except sqlite3.OperationalError:
                return []  # it is just making its table
        return [json.loads(body) for (body,) in rows]

    def _from_journal(self) -> list[dict[str, Any]]:
        if not self._journal.exists():
            return []
        whole = self._journal.read_text().rpartition("\n")[0].splitlines()
        return [entry["told"] for entry in map(json.loads, whole) if "told" in entry]


def series(notices: Sequence[dict[str, Any]]) -> dict[str, list[int]]:
    """Return the sequences of each application in the order of the notices."""
    found = defaultdict(list)
    for notice in notices:
        if "state" in notice["data"]:
            found[notice["subject"]].append(int(notice["sequence"]))
    return dict(found)


def written(pipeline: Pipeline) -> list[str]:
    """Return the ids of every notice that was ever written."""
    with psycopg.connect(pipeline.database_url) as connection:
        return [identity for identity, _ in connection.execute(_WRITTEN).fetchall()]


def faults(notices: Sequence[dict[str, Any]], ids: Sequence[str]) -> list[str]:
    """Return what is wrong with what was heard: something missing, twice, foreign, or out of its sequence."""
    heard = [notice["id"] for notice in notices]
    found = [f"{len(heard) - len(set(heard))} were done twice"] if len(heard) != len(set(heard)) else []
    if missing := set(ids) - set(heard):
        found.append(f"{len(missing)} are missing")
    if foreign := set(heard) - set(ids):
        found.append(f"{len(foreign)} are nobody's")
    found += [
        f"{application}: {numbers}"
        for application, numbers in series(notices).items()
        if numbers != list(range(1, len(numbers) + 1))
    ]
    return found
