"""How read models write a moment."""

from datetime import datetime
from typing import overload

from schemas.moments import write_moment


@overload
def written(moment: datetime) -> str: ...
@overload
def written(moment: datetime | None) -> str | None: ...
def written(moment: datetime | None) -> str | None:
    """Return the moment in UTC as RFC 3339, None for none."""
    return None if moment is None else write_moment(moment)
