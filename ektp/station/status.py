"""How a station stands: what waits, since when, and what to know about it; needs neither key nor centre."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from ektp.errors import WrongUse
from ektp.station.enrolment import Enrolment
from ektp.station.errors import KeyDiffers, KeyMissing
from ektp.station.feedback import still_parked
from ektp.station.home import StationHome
from ektp.station.sealing import seal_of
from ektp.station.spool import Spool
from schemas.zones import offset_of

_WRONG: Final = timedelta(minutes=5)


def status(home: StationHome, enrolment: Enrolment, now: datetime) -> dict[str, Any]:
    """Return it as JSON values: counts, times as RFC 3339 at the office, None where nothing is known."""
    spool = Spool(home.spool)
    try:
        zone = timezone(offset_of(enrolment.office))
        midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        oldest = spool.ask("select min(occurred) from events where confirmed is null")[0][0]
        told = spool.ask("select said, count(*) from events where confirmed is null and said is not null group by said")
        return {
            "station": enrolment.station,
            "role": enrolment.role.value,
            "office": enrolment.office or "all",
            "way": "amqp" if enrolment.broker else "http",
            "unsent": spool.count(),
            "oldest": _moment(oldest, zone),
            "said": {str(said): count for said, count in told},
            "last_contact": _moment(spool.fact("contact"), zone),
            "confirmed_today": spool.count("confirmed >= ?", midnight.timestamp()),
            "sequence": int(spool.fact("sequence") or 0),
            "parked": still_parked(spool),
            "key": _key(home),
            "clock": clock_remark(spool, enrolment, now),
            "spool": {"file": str(home.spool), "bytes": home.spool.stat().st_size, "events": spool.count("true")},
        }
    finally:
        spool.close()


def _key(home: StationHome) -> str:
    try:
        Spool(home.spool, seal_of(home)).close()
    except KeyMissing:
        return "missing"
    except KeyDiffers:
        return "another"
    except WrongUse:
        return "unusable"
    return "in place"


def clock_remark(spool: Spool, enrolment: Enrolment, now: datetime) -> str | None:
    """Say what seems wrong with the clock; the spool remembers the latest moment that it was shown."""
    skew = spool.fact("skew")
    if skew is not None and abs(skew) > _WRONG.total_seconds():
        return f"at the last contact it was {abs(skew) / 60:.0f} minutes {'ahead' if skew > 0 else 'behind'}"
    latest = spool.ask("select max(max(spooled), max(coalesce(confirmed, 0))) from events")[0][0]
    if isinstance(latest, float) and datetime.fromtimestamp(latest, UTC) - now > _WRONG:
        before = _moment(latest, timezone(offset_of(enrolment.office)))
        return f"it has shown {before} before: it was wrong then, or is now"
    return None


def _moment(seconds: object, zone: timezone) -> str | None:
    if not isinstance(seconds, float):
        return None
    return datetime.fromtimestamp(seconds, zone).isoformat(timespec="seconds")
