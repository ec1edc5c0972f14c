"""What is muted in PostgreSQL: an alert that is muted is kept and shown, and nobody is told of it."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import Engine

from consumers.acts import Act
from ektp.storage.engine import transaction
from ektp.storage.people.audit import Chain
from schemas.nik import mask_niks

#: Whether a row of `alerts` is muted now.
MUTED: Final = """exists (select from alert_mutes where alert_mutes.rule = alerts.rule
    and (alert_mutes.about is null or alert_mutes.about = alerts.about) and alert_mutes.until > ektp_now())"""
_MUTE: Final = """
insert into alert_mutes (rule, about, until, by, because) values (%s, %s, ektp_now() + %s, %s, %s) returning until
"""
_UNMUTE: Final = """
update alert_mutes set until = ektp_now()
where rule = %s and about is not distinct from %s and until > ektp_now()
"""


class Mute(NamedTuple):
    """What is to be muted: a rule, about one thing or everything, who says so and why."""

    rule: str
    about: str | None
    by: str
    because: str


class PostgresMutes:
    """The mutes of one store; each is noted in the audit, in its own transaction."""

    def __init__(self, engine: Engine, chain: Chain) -> None:
        self._engine = engine
        self._chain = chain

    def mute(self, mute: Mute, duration: timedelta) -> datetime:
        """Mute for so long from now; return until when. Raises StoreAway, and WrongUse without the audit's key."""
        with transaction(self._engine) as connection:
            row = connection.execute(
                _MUTE, [mute.rule, mute.about, duration, mute.by, mask_niks(mute.because)]
            ).fetchone()
            assert row is not None
            until: datetime = row[0]
            self._chain.append(connection, _act(mute, "alert-muted", until=until.isoformat()))
        return until

    def unmute(self, mute: Mute) -> bool:
        """End what is muted by these words; return whether anything was. Raises as `mute`."""
        with transaction(self._engine) as connection:
            ended = connection.execute(_UNMUTE, [mute.rule, mute.about]).rowcount > 0
            if ended:
                self._chain.append(connection, _act(mute, "alert-unmuted"))
        return ended


def _act(mute: Mute, what: str, **detail: str) -> Act:
    about = mute.rule if mute.about is None else f"{mute.rule} {mute.about}"
    return Act(mute.by, what, about, {"because": mute.because, **detail})
