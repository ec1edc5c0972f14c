"""A regency whose blanko the pipeline itself gives out, on a store: who waits, what comes, who got one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import Engine, text

from consumers.allocator import Allocated, Allocator
from consumers.journal import Journal
from consumers.outcome import Outcome
from ektp.allocation import allocator_on
from ektp.config.calendars import Calendars
from ektp.config.config import Config
from ektp.config.timekeeping import OfficeTimekeeping
from ektp.storage.engine import engine_for
from ektp.storage.journal.books import PostgresBooks
from ektp.storage.secrets.vault import Vault
from schemas.submission import Submission
from tests.histories import History, said

REGENCY: Final = "33.74"
_GIVEN: Final = """
select application, data->>'blanko', data->>'because' from history
where type = 'id.ektp.blanko-allocated.v1' and outcome = 'applied' order by data->>'blanko', received, version
"""


def config_of(also: Mapping[str, Any], **settings: Any) -> Config:
    """Return a configuration in which the regency's allocator is builtin, and as set: queue=..., printing=...."""
    return Config.model_validate({"offices": {REGENCY: {"allocator": "builtin", **settings}, **also}})


class PrintingTown:
    """The regency on one store."""

    def __init__(self, engine: Engine, also: Mapping[str, Any] | None = None, **settings: Any) -> None:
        """*also* are other offices' settings."""
        config = config_of(also or {}, **settings)
        self.engine, self.keeping = engine, OfficeTimekeeping(config, Calendars(config))
        self.journal: Journal = self.open_journal()
        self.allocator: Allocator = allocator_on(engine, self.open_journal, self.keeping, config.queue_rules)

    def open_journal(self) -> Journal:
        """Open another journal."""
        vault = Vault(b"s" * 32, b"n" * 32)
        return Journal(PostgresBooks(self.engine, vault), vault, self.keeping)

    def tell(self, *submissions: Submission) -> Sequence[Outcome]:
        """Let the journal take it in."""
        return self.journal.apply(submissions)

    def waits(self, at: datetime | None = None, **data: Any) -> History:
        """Let a resident be recorded, then, and verified."""
        history = History()
        tell, facts = partial(said, history.application, at=at), self.recording(history, **data)
        outcomes = self.tell(tell("recorded", **facts), tell("data-verified", station="centre", attempt=1))
        assert [one.outcome for one in outcomes] == ["applied", "applied"], outcomes
        return history

    @staticmethod
    def recording(history: History, **data: Any) -> Mapping[str, Any]:
        """Return what a recording says, or what else it should."""
        usual = {"nik": history.nik, "office": "33.74.10", "attempt": 1, "channel": "kecamatan"}
        return {**usual, "reason": "first", "enrolment": "E-1", **data}

    def deliver(self, count: int, first: int = 1, office: str = REGENCY) -> None:
        """Let so many blanko come."""
        one, last = f"TOWN-{first:06}", f"TOWN-{first + count - 1:06}"
        facts = {"office": office, "delivery_note": "BA-1"}
        self.tell(said(office, "blanko-received", station="warehouse", at=None, first=one, last=last, **facts))

    def given(self) -> list[tuple[Any, ...]]:
        """Return application, serial and reason of each allocation, by serial."""
        return self.asked(_GIVEN)

    def asked(self, question: str, **values: Any) -> list[tuple[Any, ...]]:
        """Ask the store."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(question), values)]


def allocate_all(url: str) -> Allocated:
    """Give out what there is with connections of its own, coming back while another has the office; return the sum."""
    pool, done = engine_for(url, size=2), Counter[str]()
    allocator = PrintingTown(pool).allocator
    while True:
        one = allocator.allocate(1)
        done.update(one._asdict())
        if not (one.proposed or one.busy):
            break
    pool.dispose()
    return Allocated(*(done[name] for name in Allocated._fields))
