"""Which printers fail too often, in PostgreSQL: counted with each failure, told once a day."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Engine

from consumers.allocations import FAILED_PRINTS
from ektp.storage.engine import transaction
from workflows.timekeeping import Timekeeping

PRINTER_FAILS: Final = "printer-fails"  #: The kind of the count of what was told; its keys are those of the failures.
_FAILED: Final = """
select office, key, sum(delta)::int from tallies failed where kind = %s
and not exists (select from tallies told where told.kind = %s and told.office = failed.office and told.key = failed.key)
group by office, key order by office, key
"""
# Of two who look at once one waits, and finds it told.
_ALONE: Final = "select pg_advisory_xact_lock(5, 0)"
_TELL: Final = "insert into tallies (office, kind, key, delta) values (%s, %s, %s, 1)"


class PostgresPrinters:
    """The printers behind their port."""

    def __init__(self, engine: Engine, keeping: Timekeeping) -> None:
        self._engine = engine
        self._keeping = keeping

    def failing(self) -> Sequence[tuple[str, str, int]]:
        """Return office, name and number of failures of each that failed too often in a day; each day once."""
        with transaction(self._engine) as connection:
            connection.execute(_ALONE)
            rows = connection.execute(_FAILED, [FAILED_PRINTS, PRINTER_FAILS]).fetchall()
            found = [row for row in rows if row[2] > self._keeping.policy(row[0]).queue.failures]
            for office, key, _ in found:
                connection.execute(_TELL, [office, PRINTER_FAILS, key])
        return [(office, key.partition(" ")[2], failures) for office, key, failures in found]
