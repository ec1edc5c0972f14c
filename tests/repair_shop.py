"""Everything about repairs on one database, as the desk, the planner and a worker have it."""

import json
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from consumers.journal import Journal
from ektp.reading.repairs import repair, repair_items
from ektp.reading.snapshot import snapshot
from ektp.repairing.desk import RepairDesk
from ektp.repairing.foreseeing import Foreseer
from ektp.repairing.planning import Planner, Wish
from ektp.repairing.running import Repairer
from ektp.repairing.selection import Selection
from ektp.storage.engine import engine_for, transaction
from ektp.storage.people.audit import Chain
from ektp.storage.secrets.vault import Vault
from tests.audit_key import AUDIT_KEY
from tests.parking_town import PATCH
from tests.plain_time import PLAIN

BAD_DATA = Selection(reason="bad-data")


class Shop:
    """Everything about repairs on one database; its clock stands still, and it notes for how long it would rest."""

    def __init__(self, engine: Engine, journal: Journal) -> None:
        vault = Vault(b"s" * 32, b"n" * 32)
        self.engine, self.journal = engine, journal
        chain = Chain(lambda: AUDIT_KEY)
        self.planner = Planner(engine, vault, PLAIN, 20, chain)
        self.desk = RepairDesk(engine, chain)
        self.rests: list[float] = []
        self.repairer = Repairer(engine, lambda: vault, PLAIN, clock=lambda: 0.0, pause=self.rests.append)

    def plan(self, selection: Selection = BAD_DATA, patch: list[dict[str, Any]] | None = None, **more: Any) -> UUID:
        """Plan a repair, with the patch that is right if no other is given."""
        said = json.dumps(PATCH if patch is None else patch).encode()
        wish: dict[str, Any] = {"by": "maker", "because": "a new printer driver", "kind": "patch", "said": said, **more}
        return self.planner.plan(Wish(selection, **wish))

    def go(self, planned: UUID, by: str = "maker") -> dict[str, Any]:
        """Set it going and run it until it is over; return how it stands."""
        self.desk.run(planned, by)
        self.run(planned)
        return self.told(planned)

    def run(self, planned: UUID) -> None:
        """Run it until it is over, as a worker does."""
        run = self.runs(planned)
        while self.repairer.go_on(planned, run):
            pass

    def runs(self, planned: UUID) -> int:
        """Return the number of its run."""
        with transaction(self.engine) as connection:
            row = connection.execute("select run from repairs where id = %s", [planned]).fetchone()
        assert row is not None
        return int(row[0])

    def told(self, planned: UUID) -> dict[str, Any]:
        """Return how it stands."""
        with snapshot(self.engine) as connection:
            return repair(connection, str(planned))

    def items(self, planned: UUID) -> list[dict[str, Any]]:
        """Return its items."""
        with snapshot(self.engine) as connection:
            return list(repair_items(connection, str(planned), most=10_000))


def foreseer(url: str) -> Foreseer:
    """Return what foresees on a database, in a process of its own."""
    return Foreseer(engine_for(url), Vault(b"s" * 32, b"n" * 32), PLAIN)


def parked_of(engine: Engine, reason: str) -> list[UUID]:
    """Return the open items with a reason."""
    with transaction(engine) as connection:
        rows = connection.execute(
            "select id from parked where reason = %s and state = 'open' order by received, id", [reason]
        )
        return [row[0] for row in rows]


def parked_all(engine: Engine) -> list[UUID]:
    """Return all open items in their order."""
    with transaction(engine) as connection:
        return [
            row[0] for row in connection.execute("select id from parked where state = 'open' order by received, id")
        ]
