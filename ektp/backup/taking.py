"""Taking a backup while everything runs: one snapshot of the database, and what is needed to read it."""

import tempfile
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import psycopg
from psycopg import sql

from consumers.acts import Act
from consumers.audit_chain import Head
from ektp.backup import programs
from ektp.backup.archive import digest_of, write_archive
from ektp.backup.manifest import DATABASE, KEYS, MANIFEST, AuditHead, Manifest
from ektp.backup.wrapping import wrap
from ektp.bootstrap import Parts
from ektp.config.settings import SCENARIO_RULES
from ektp.errors import WrongUse
from ektp.keyring import NAMES
from ektp.reading.revision import require_migrated
from ektp.release import release_name
from ektp.storage.engine import transaction

CONFIGURATION: Final = "ektp.toml"
_SNAPSHOT: Final = "select pg_export_snapshot(), now()"
# What was committed in a simulated city bears that city's time: the letters of a commit always bear the real one.
_LAST: Final = """
select least(now(), greatest(
    (select max(received) from history), (select max(received) from held), (select max(received) from parked),
    (select max(created) from outbox)))
"""
_TABLES: Final = """
select relname from pg_class where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p')
    and not relispartition and relname <> 'alembic_version' order by relname
"""
_HEAD: Final = "select seq, mac from audit order by seq desc limit 1"


def take(made: Parts, file: Path, passphrase: str, by: str) -> Manifest:
    """Write a backup to a file that is not there yet, and return what it says of itself.

    Raises WrongUse, NotMigrated, StoreAway, ProgramMissing, ProgramFailed.
    """
    if file.exists():
        raise WrongUse(f"{file} is there already: name another file")
    revision = require_migrated(made.engine)
    made.vault, made.keyring.audit_key()  # checks the keys
    keys = {name: made.keyring.text(name) for name in NAMES}
    identity = uuid4()
    made.audit.note(Act(by, "backup-made", str(identity), {"file": file.name}))
    rules = made.settings.rules
    try:
        parts: dict[str, bytes | Path] = {} if rules is None else {_name_of(rules): rules.read_bytes()}
        with tempfile.TemporaryDirectory(dir=file.resolve().parent, prefix=".ektp-backup-") as folder:
            parts[DATABASE] = dump = Path(folder) / DATABASE
            told = _dumped(made, dump)
            manifest = Manifest(
                id=identity,
                release=release_name(),
                revision=revision,
                made_by=by,
                configuration=None if rules is None else _name_of(rules),
                parts={name: _digest(content) for name, content in parts.items()},
                **told,
            )
            written = manifest.model_dump_json(indent=2).encode() + b"\n"
            wrapped = wrap(keys, passphrase, written)
            write_archive(file, {MANIFEST: written, KEYS: wrapped, **parts})
    except OSError as error:
        raise WrongUse(f"{error.filename or file}: {error.strerror}: name another file") from None
    return manifest


def tables_of(connection: psycopg.Connection) -> list[str]:
    """Return every table that has content of ours."""
    return [row[0] for row in connection.execute(_TABLES)]


def counted(connection: psycopg.Connection, tables: Iterable[str]) -> dict[str, int]:
    """Return how many rows there are, by table."""
    found = {}
    for table in tables:
        row = connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(table))).fetchone()
        assert row is not None
        found[table] = int(row[0])
    return found


def _dumped(made: Parts, file: Path) -> dict[str, Any]:
    """Dump the database, and return what is in it; all of one snapshot."""
    with transaction(made.engine) as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        connection.execute("set local statement_timeout = 0")
        row = connection.execute(_SNAPSHOT).fetchone()
        last = connection.execute(_LAST).fetchone()
        assert row is not None
        assert last is not None
        snapshot, now = row
        ours = programs.dumping(connection.info.server_version // 10_000)
        programs.dump(ours, made.database_url, snapshot, file)
        head = Head(*(connection.execute(_HEAD).fetchone() or ()))
        return {
            "postgresql": ours.major,
            "made": now,
            "last_commit": last[0],
            "counts": counted(connection, tables_of(connection)),
            "audit": AuditHead(seq=head.seq, mac=head.mac.hex()),
        }


def _digest(content: bytes | Path) -> str:
    return digest_of(content) if isinstance(content, Path) else sha256(content).hexdigest()


def _name_of(rules: Path) -> str:
    return SCENARIO_RULES if rules.name == SCENARIO_RULES else CONFIGURATION
