"""What offices have asked for and still lack, and which of their printers spoil blanko."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, select, text

from consumers.allocations import FAILED_PRINTS
from consumers.stock_letters import BLANKO, delivery_id
from ektp.reading.moments import written
from ektp.storage.stock.printers import PRINTER_FAILS
from workflows.timekeeping import Timekeeping

_LOW: Final = text("select told, since from stock_alerts where office = :office and what = :what and low")
_LETTER: Final = text("select body, sent from outbox where id = :id")
_LOOKED_BACK: Final = timedelta(days=30)
_FAILED: Final = text("""
select split_part(key, ' ', 2) as printer, sum(delta) filter (where kind = :failed)::int as failed,
    count(distinct key) filter (where kind = :alarm)::int as alarms,
    max(split_part(key, ' ', 1)) filter (where kind = :alarm) as last
from tallies where office = :office and kind in (:failed, :alarm) and key >= :since group by 1 order by 1
""")


def delivery(connection: Connection, office: str) -> dict[str, Any] | None:
    """Return the request for blanko of an office that is below its point still, None where there is none.

    `count` and `answer_by` are None where the request itself is kept no longer, `sent` until it has left.
    """
    low = connection.execute(_LOW, {"office": office, "what": BLANKO}).one_or_none()
    if low is None:
        return None
    letter = connection.execute(_LETTER, {"id": delivery_id(office, low.told)}).one_or_none()
    data = json.loads(letter.body)["data"] if letter else {}
    return {
        "since": written(low.since),
        "number": low.told,
        "count": data.get("count"),
        "answer_by": data.get("answer_by"),
        "sent": written(letter.sent) if letter else None,
    }


def failing_printers(connection: Connection, keeping: Timekeeping, office: str) -> Iterator[dict[str, Any]]:
    """Yield each printer of an office whose prints failed in the last thirty days: how many, and days with an alarm."""
    today = keeping.calendar(office).date_of(connection.scalars(select(func.ektp_now())).one())
    asked = {"failed": FAILED_PRINTS, "alarm": PRINTER_FAILS, "office": office}
    for row in connection.execute(_FAILED, {**asked, "since": (today - _LOOKED_BACK).isoformat()}):
        yield {"printer": row.printer, "failed": row.failed or 0, "alarms": row.alarms, "last_alarm": row.last}
