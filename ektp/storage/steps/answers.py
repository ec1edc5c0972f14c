"""What a step that waits for an answer asks the store."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Engine

from ektp.storage.engine import transaction
from ektp.storage.journal.standings import read_standing
from schemas.upcasting import types_of
from workflows.standing import Standing

_STANDING: Final = "select standing from applications where id = %s"
# By the application's own index: its history is a dozen rows.
_LATE: Final = """
select exists (select from history where application = %s and time = %s and type = any(%s)
    and data::jsonb @> %s::jsonb)
"""


class PostgresAnswers:
    """The applications and what was said of them. Raises StoreAway."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def standing(self, application: UUID) -> Standing:
        """Return how far it has come; an application that is not there has come nowhere."""
        with transaction(self._engine) as connection:
            row = connection.execute(_STANDING, [application]).fetchone()
        return read_standing(row[0]) if row else Standing()

    def late(self, application: UUID, time: datetime, asked: Mapping[str, Any]) -> bool:
        """Tell whether it was said already that the answer to what was *asked*, due at *time*, did not come."""
        with transaction(self._engine) as connection:
            row = connection.execute(
                _LATE, [application, time, types_of("deadline-passed"), json.dumps(dict(asked))]
            ).fetchone()
        return bool(row and row[0])
