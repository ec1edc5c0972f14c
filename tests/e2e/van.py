"""A station's laptop in the tests: on the move, with nothing of the centre but the program."""

import json
from pathlib import Path
from typing import Any

from tests.e2e.pipeline import Pipeline


class Van:
    """The laptop of a station: the same program, in a home of its own, without the centre's settings."""

    def __init__(self, pipeline: Pipeline, home: Path) -> None:
        self._pipeline = pipeline
        kept = {name: value for name, value in pipeline.environment.items() if not name.startswith("EKTP_")}
        self._own = {**kept, "EKTP_HOME": str(home)}

    def run(self, *words: str, stdin: bytes = b"") -> str:
        """Run one command of the station's and return what it printed."""
        centre, self._pipeline.environment = self._pipeline.environment, self._own
        try:
            return self._pipeline.run("station", *words, stdin=stdin)
        finally:
            self._pipeline.environment = centre

    def ask(self, *words: str, stdin: bytes = b"") -> Any:
        """Run one command of the station's and return its JSON."""
        return json.loads(self.run(*words, "--json", stdin=stdin))
