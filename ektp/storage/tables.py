"""The tables as the read models and commands see them; the migrations create them."""

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
)

METADATA: Final = MetaData()
_MOMENT: Final = DateTime(timezone=True)

APPLICATIONS: Final = Table(
    "applications",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempt", SmallInteger, nullable=False),
    Column("office", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("standing", JSON, nullable=False),
    Column("nik_key", LargeBinary, nullable=False),
    Column("notices", Integer, nullable=False),
    Column("requests", Integer, nullable=False),
    Column("resi", Text, nullable=False),
    Column("recorded", _MOMENT, nullable=False),
    Column("since", _MOMENT, nullable=False),
    Column("due_at", _MOMENT),
    Column("timers", JSON, nullable=False),
    Column("claimed_until", _MOMENT),
    Column("prints_at", Text, nullable=False),
    Column("queued", _MOMENT),
    Column("not_before", Date),
    Column("situation", Text, nullable=False),
)


def _received_event(name: str, *more: Column[object]) -> Table:
    """Return a table of events: history and held share the columns of what was said."""
    return Table(
        name,
        METADATA,
        Column("id", Uuid, primary_key=True),
        Column("subject", Text, nullable=False),
        Column("application", Uuid),
        Column("type", Text, nullable=False),
        Column("door", Text, nullable=False),
        Column("station", Text, nullable=False),
        Column("source", Text, nullable=False),
        Column("time", _MOMENT, nullable=False),
        Column("received", _MOMENT, nullable=False),
        Column("data", JSON, nullable=False),
        Column("digest", LargeBinary, nullable=False),
        *more,
    )


HISTORY: Final = _received_event(
    "history",
    Column("version", Integer),
    Column("outcome", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
)
HELD: Final = _received_event(
    "held",
    Column("waits_for", Text, nullable=False),
    Column("nik_key", LargeBinary),
    Column("due_at", _MOMENT),
    Column("scope", Text, nullable=False),
)

PARKED: Final = Table(
    "parked",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("door", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("event_id", Text),
    Column("subject", Text),
    Column("type", Text),
    Column("office", Text),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("received", _MOMENT, nullable=False),
    Column("state", Text, nullable=False),
    Column("replays", Integer, nullable=False),
    Column("resolved", _MOMENT),
    Column("resolved_by", Text),
    Column("because", Text),
)
PERSONS: Final = Table(
    "persons",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("application", Uuid, nullable=False),
    Column("nik_key", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)
OUTBOX: Final = Table(
    "outbox",
    METADATA,
    Column("seq", BigInteger, primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("application", Uuid, nullable=False),
    Column("slot", SmallInteger, nullable=False),
    Column("exchange", Text, nullable=False),
    Column("routing_key", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created", _MOMENT, nullable=False),
    Column("sent", _MOMENT),
    Column("routed", Boolean),
)
RELAY_SLOTS: Final = Table(
    "relay_slots",
    METADATA,
    Column("slot", SmallInteger, primary_key=True),
    Column("owner", Text),
    Column("epoch", BigInteger, nullable=False),
    Column("leased_until", _MOMENT, nullable=False),
)
RELAYS: Final = Table(
    "relays",
    METADATA,
    Column("owner", Text, primary_key=True),
    Column("seen_until", _MOMENT, nullable=False),
)
BLANKO: Final = Table(
    "blanko",
    METADATA,
    Column("serial", Text, primary_key=True),
    Column("office", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("application", Uuid),
    Column("delivery_note", Text),
    Column("changed", _MOMENT, nullable=False),
    Column("was", Text),
    Column("holder", Text),
)
MOVEMENTS: Final = Table(
    "movements",
    METADATA,
    Column("seq", BigInteger, primary_key=True),
    Column("event", Uuid, nullable=False),
    Column("serial", Text, nullable=False),
    Column("from_office", Text),
    Column("from_place", Text),
    Column("to_office", Text, nullable=False),
    Column("to_place", Text, nullable=False),
    Column("moved", _MOMENT, nullable=False),
)
OUTAGES: Final = Table(
    "outages",
    METADATA,
    Column("declared", Uuid, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("begins", _MOMENT, nullable=False),
    Column("ends", _MOMENT),
    Column("because", Text, nullable=False),
    Column("declared_by", Text, nullable=False),
    Column("ended_by", Uuid),
)
TALLIES: Final = Table(
    "tallies",
    METADATA,
    Column("seq", BigInteger, primary_key=True),
    Column("office", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("delta", BigInteger, nullable=False),
)
KEYRING: Final = Table(
    "keyring",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
)
STEPS: Final = Table(
    "steps",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("application", Uuid),
    Column("data", JSON, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due", _MOMENT, nullable=False),
    Column("leased_until", _MOMENT),
    Column("send_after", _MOMENT),
    Column("fence", BigInteger, nullable=False),
    Column("last_error", Text),
    Column("created", _MOMENT, nullable=False),
    Column("finished", _MOMENT),
)
STATIONS: Final = Table(
    "stations",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("office", Text, nullable=False),
    Column("token", LargeBinary, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("silent_after", Integer),
    Column("added", _MOMENT, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("renewed", _MOMENT),
    Column("revoked", _MOMENT),
    Column("revoked_by", Text),
    Column("because", Text),
)
