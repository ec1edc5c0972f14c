"""Where the `ektp up` of a home answers: written down while it runs, so that another terminal finds it."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_FILE: Final = "up.json"


@dataclass(frozen=True, slots=True)
class Presence:
    """A running `ektp up`: its process and the address of its web."""

    process: int
    address: str

    @property
    def lives(self) -> bool:
        """Whether there is such a process; its number may by now be another's."""
        try:
            os.kill(self.process, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return True


def presence(home: Path) -> Presence | None:
    """Return who is running in this home, None where nobody is or what was written cannot be read."""
    try:
        told = json.loads((home / _FILE).read_text())
        found = Presence(int(told["process"]), str(told["address"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if found.lives else None


@contextmanager
def announced(home: Path, address: str) -> Iterator[None]:
    """Write down that this process answers at *address*, for as long as the block lasts."""
    path = home / _FILE
    fresh = path.with_suffix(f".{os.getpid()}")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh.write_text(json.dumps({"process": os.getpid(), "address": address}) + "\n")
    fresh.replace(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
