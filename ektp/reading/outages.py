"""The declared outages that are not over."""

from typing import Any, Final

from sqlalchemy import Connection, func, or_, select

from ektp.reading.moments import written
from ektp.storage.tables import OUTAGES

_LASTING: Final = (
    select(OUTAGES)
    .where(or_(OUTAGES.c.ends.is_(None), OUTAGES.c.ends > func.ektp_now()))
    .order_by(OUTAGES.c.begins, OUTAGES.c.subject)
)


def outages(connection: Connection) -> list[dict[str, Any]]:
    """Return who cannot work, since when, until when if that is known, and why."""
    return [
        {"subject": row.subject, "from": written(row.begins), "until": written(row.ends), "because": row.because}
        for row in connection.execute(_LASTING)
    ]
