"""Restoring a backup into an empty store and home; then the stations are asked for what it does not have."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

import psycopg
from pydantic import ValidationError
from sqlalchemy import Engine

from consumers.acts import Act
from consumers.audit_chain import Head
from ektp.backup import programs
from ektp.backup.archive import Part, content_of, read_archive, reading
from ektp.backup.errors import BackupDamaged, MadeByNewer, NotEmpty, NotWhole, OtherKey
from ektp.backup.manifest import DATABASE, KEYS, MANIFEST, Manifest
from ektp.backup.taking import counted
from ektp.backup.wrapping import unwrap
from ektp.config.settings import Settings
from ektp.errors import WrongUse
from ektp.keyring import NAMES, Keyring
from ektp.reading.revision import revision
from ektp.storage.engine import engine_for, transaction
from ektp.storage.migrate import is_known, upgrade
from ektp.storage.people.api_tokens import revoke_all_tokens
from ektp.storage.people.audit import Chain
from ektp.storage.people.sessions import end_all_sessions
from ektp.storage.secrets.keys import kept_in, key_text
from ektp.storage.server.embedded import EmbeddedPostgres
from ektp.storage.stations.wanted import ask_stations
from ektp.verification.audit import walked

# Names the backup that is being restored; gone when all of it is done. So what was interrupted can be done again.
_MARK: Final = ("create schema ektp_restore", "create table ektp_restore.backup (id uuid)")
_MARK_IT: Final = "insert into ektp_restore.backup values (%s)"
_MARKED: Final = "select to_regclass('ektp_restore.backup') is not null"
_MARKED_BY: Final = "select id from ektp_restore.backup"
_UNMARK: Final = "drop schema if exists ektp_restore cascade"
_FULL: Final = """
select exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'ektp_restore')
    and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e'))
"""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was read from its first byte to its last, and whose keys were opened."""

    file: Path
    manifest: Manifest
    parts: dict[str, Part]
    keys: dict[str, str]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done: how many stations were asked, what is wrong with the audit, where the configuration lies now."""

    stations: int
    audit: str
    configuration: Path | None


def read_backup(file: Path, passphrase: str) -> Backup:
    """Read and check a backup; nothing is written. Raises BackupDamaged, PassphraseWrong, WrongUse."""
    try:
        parts = read_archive(file)
        if not {MANIFEST, KEYS, DATABASE} <= set(parts):
            raise BackupDamaged(file, "a part of it is missing")
        written, wrapped = (content_of(file, parts[name]) for name in (MANIFEST, KEYS))
    except OSError as error:
        raise WrongUse(f"{file}: {error.strerror}") from None
    try:
        keys = unwrap(wrapped, passphrase, written, file)
        manifest = Manifest.model_validate_json(written)
    except ValidationError:
        raise BackupDamaged(file, "it was written by another release, which this one cannot read") from None
    if {name: part.digest for name, part in parts.items() if name not in (MANIFEST, KEYS)} != manifest.parts:
        raise BackupDamaged(file, "a part is not the one that was written")
    return Backup(file, manifest, parts, keys)


def restore(settings: Settings, backup: Backup, by: str) -> Restored:
    """Restore it, and ask the stations for everything since; interrupted, it may be done again.

    Raises NotEmpty and other BackupErrors, WrongUse, StorageError and StoreAway.
    """
    manifest = backup.manifest
    if not is_known(manifest.revision):
        raise MadeByNewer(f"release {manifest.release} (revision {manifest.revision})", "an older release")
    _check_home(settings, backup)
    with _database(settings) as url:
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
            fits = programs.restoring(connection.info.server_version // 10_000, manifest.postgresql)
            if not _is_done(connection, manifest.id):
                _keep_keys(settings, backup.keys)
                with reading(backup.file, backup.parts[DATABASE]) as pieces:
                    programs.load(fits, url, pieces)
        asked, audit = _finish(settings, backup, url, by)
        return Restored(asked, audit, _keep_configuration(settings, backup))


def _check_home(settings: Settings, backup: Backup) -> None:
    """Refuse a home in which something is, or keys that are not the backup's."""
    for name in NAMES:
        value, file = settings.key(name)
        kept = kept_in(settings.home, name)
        if value is not None or file is not None:
            if key_text(name, value, file, settings.home) != backup.keys[name]:
                raise OtherKey(name)
        elif kept.exists() and kept.read_text().strip() != backup.keys[name]:
            raise NotEmpty(str(kept))


@contextmanager
def _database(settings: Settings) -> Iterator[str]:
    if (url := settings.database()) is not None:
        yield url
        return
    with EmbeddedPostgres(settings.home).borrowed() as url:
        yield url


def _is_done(connection: psycopg.Connection, backup: UUID) -> bool:
    """Tell whether the database is restored already, by this backup; mark an empty one. Raises NotEmpty."""
    full = connection.execute(_FULL).fetchone() == (True,)
    if connection.execute(_MARKED).fetchone() == (True,):
        row = connection.execute(_MARKED_BY).fetchone()
        if row == (backup,):
            return full
        if not full:
            connection.execute(_UNMARK)
    if full:
        raise NotEmpty(f"the database {connection.info.dbname}")
    with connection.transaction():
        for statement in _MARK:
            connection.execute(statement)
        connection.execute(_MARK_IT, [backup])
    return False


def _finish(settings: Settings, backup: Backup, url: str, by: str) -> tuple[int, str]:
    """Compare the counts, bring the tables to this release; in one transaction ask the stations, end what lets anybody
    in without a password, and note it.
    """
    manifest = backup.manifest
    engine = engine_for(url)
    try:
        if revision(engine) == manifest.revision:  # else it was brought to this release after it had been counted
            _compare(engine, manifest.counts)
        upgrade(url)
        keyring = Keyring(settings, engine)
        keyring.vault()
        exported = Head(manifest.audit.seq, bytes.fromhex(manifest.audit.mac))
        with engine.connect() as connected:
            walk = walked(connected, keyring.audit_key(), exported, lambda _rows: None)
        with transaction(engine) as connection:
            asked = ask_stations(connection, manifest.id, manifest.since)
            # Whoever was let in then may have been shut out since: nobody knows any more.
            detail: dict[str, str | int | None] = {
                "made": manifest.made.isoformat(),
                "since": manifest.since.isoformat(),
                "stations": asked,
                "sessions": end_all_sessions(connection),
                "tokens": revoke_all_tokens(connection, by),
            }
            connection.execute(_UNMARK)
            Chain(keyring.audit_key).append(connection, Act(by, "store-restored", str(manifest.id), detail))
        return asked, "" if walk.first is None else f"row {walk.first} {walk.why}"
    finally:
        engine.dispose()


def _compare(engine: Engine, counts: Mapping[str, int]) -> None:
    with transaction(engine) as connection:
        connection.execute("set local statement_timeout = 0")
        for table, found in counted(connection, counts).items():
            if found != counts[table]:
                raise NotWhole(table, counts[table], found)


def _keep_keys(settings: Settings, keys: dict[str, str]) -> None:
    for name in NAMES:
        path = kept_in(settings.home, name)
        if settings.key(name) == (None, None) and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write(path, keys[name].encode())


def _keep_configuration(settings: Settings, backup: Backup) -> Path | None:
    """Write the configuration into the home, if none is there; return where it is."""
    name = backup.manifest.configuration
    if name is None:
        return None
    path = settings.home / name
    if not path.exists():
        _write(path, content_of(backup.file, backup.parts[name]))
    return path


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
