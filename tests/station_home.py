"""A station of the tests: its home, its spool, and recordings of nobody."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

from ektp.station.enrolment import Enrolment, enrolment_of, keep_enrolment
from ektp.station.flushing import Flush, Report, Telling
from ektp.station.home import StationHome
from ektp.station.parcels import Way, Word
from ektp.station.recordings import Kept, Recordings
from ektp.station.sealing import make_key, seal_of
from ektp.station.spool import Spool
from tests.histories import event, invented_nik

STATION: Final = "st337401"
OFFICE: Final = "33.74.10"


def invitation(url: str = "amqp://127.0.0.1:1/x", **instead: Any) -> dict[str, Any]:
    """Return what the centre would print for a station at a broker; the tests' account there is `guest`."""
    parts = urlsplit(url)
    return {
        "station": STATION,
        "role": "station",
        "office": "33.74",
        "user": "guest",
        "password": "guest",
        "token": "ektp_st_of_the_tests",
        "secret": "whsec_dGVzdHM=",
        "broker": parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(),
        "http": None,
        **instead,
    }


class Home:
    """An enrolled station in a folder."""

    def __init__(self, folder: Path, **invited: Any) -> None:
        self.at = StationHome(folder / "station")
        self.at.make()
        make_key(self.at)
        self.enrolment: Enrolment = enrolment_of(json.dumps(invitation(**invited)).encode())
        keep_enrolment(self.at, self.enrolment)
        self.said: list[str] = []
        self.heard: list[Word] = []

    @contextmanager
    def spool(self, **options: Any) -> Iterator[Spool]:
        """Open the spool."""
        opened = Spool(self.at.spool, seal_of(self.at), **options)
        try:
            yield opened
        finally:
            opened.close()

    def record(self, count: int, now: datetime | None = None) -> list[str]:
        """Record so many, and return the ids."""
        with self.spool() as spool:
            recordings = Recordings(spool, self.enrolment)
            found = recordings.record([recording() for _ in range(count)], now or datetime.now(UTC))
        return [one.id for one in found]

    def publish(self, count: int) -> list[str]:
        """Spool so many recordings that a program of the station's own has made: it costs less; return the ids."""
        with self.spool() as spool:
            lines = [json.dumps(event(uuid4(), "recorded", **recording(attempt=1))).encode() for _ in range(count)]
            kept = list(Recordings(spool, self.enrolment).publish(enumerate(lines, 1), datetime.now(UTC)))
        return [one.id for _, one in kept if isinstance(one, Kept)]

    def flush(
        self, way: Way, *, gone: Callable[[int], None] = lambda _count: None, stopping: Event | None = None,
        patience: float = 5.0, **options: Any,
    ) -> Report:  # fmt: skip
        """Flush over a way; what it says is in `said` and `heard`, and `gone` is called with each batch that is."""
        telling = Telling(self.said.append, gone, self.heard.extend)
        with self.spool() as spool:
            return Flush(spool, way, telling, stopping=stopping or Event(), patience=patience, **options).run()

    def asked(self, question: Callable[[Spool], Any]) -> Any:
        """Ask the spool."""
        with self.spool() as spool:
            return question(spool)

    def unsent(self) -> int:
        """Return how many events the centre has not confirmed."""
        return int(self.asked(lambda spool: spool.count()))


def recording(**instead: Any) -> dict[str, Any]:
    """Return the data of a good recording of nobody."""
    nik = invented_nik()
    return {
        "nik": nik,
        "office": OFFICE,
        "enrolment": f"E-337410-{nik[-6:]}",
        "channel": "kecamatan",
        "reason": "first",
        **instead,
    }
