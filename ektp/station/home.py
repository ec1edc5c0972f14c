"""Where a station keeps what is its own, and what its environment says."""

import os
from pathlib import Path
from typing import NamedTuple


class StationHome(NamedTuple):
    """The folder of one station, and where its key is if not there: as a value, or in a file on a stick."""

    folder: Path
    key: str | None = None
    key_file: Path | None = None

    @property
    def enrolment(self) -> Path:
        """Who the station is, and its credentials."""
        return self.folder / "enrolment.json"

    @property
    def spool(self) -> Path:
        """Everything that was said, until 30 days after the centre has it."""
        return self.folder / "spool.db"

    @property
    def kept_key(self) -> Path:
        """The key, where no other place is named."""
        return self.folder / "key"

    @property
    def flush_lock(self) -> Path:
        """Held by the one flush that runs."""
        return self.folder / "flush.lock"

    def make(self) -> None:
        """Make the folder, for its owner alone."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def read_home() -> StationHome:
    """Read EKTP_HOME, EKTP_STATION_KEY and EKTP_STATION_KEY_FILE."""
    # Not by ektp.config.settings: a station needs five of its packages less.
    home = os.environ.get("EKTP_HOME")
    base = Path(home) if home else Path.home() / ".local" / "share" / "ektp"
    file = os.environ.get("EKTP_STATION_KEY_FILE")
    return StationHome(base / "station", os.environ.get("EKTP_STATION_KEY") or None, Path(file) if file else None)
