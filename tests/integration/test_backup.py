"""Backup and restore at the keyboard: all of it or nothing, into what is empty, and the stations are asked."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.command_line import CommandLine, command_line
from tests.histories import History, happy
from tests.servers.postgres import PrivatePostgres

PASSPHRASE = "five words that nobody guesses"
KEYS = ("EKTP_SECRET_KEY", "EKTP_NIK_KEY", "EKTP_AUDIT_KEY")
RULES = '[stations]\nidentity = "trusted"\n'


class Site:
    """Two installations at one keyboard: the one that is backed up, and an empty one elsewhere."""

    def __init__(self, ektp: CommandLine, monkeypatch: pytest.MonkeyPatch, folder: Path, elsewhere: str) -> None:
        self.ektp, self._patch, self.folder, self.elsewhere = ektp, monkeypatch, folder, elsewhere
        self.file, self.passphrase = folder / "backup.tar", folder / "passphrase"
        self.passphrase.write_text(f"{PASSPHRASE}\n")

    @property
    def words(self) -> tuple[object, ...]:
        """The file, and how its keys are opened."""
        return (self.file, "--passphrase-file", self.passphrase)

    def move(self) -> None:
        """Go to the empty one, where no key is given."""
        for name in KEYS:
            self._patch.delenv(name, raising=False)
        self._patch.delenv("EKTP_CONFIG", raising=False)
        self._patch.setenv("EKTP_DATABASE_URL", self.elsewhere)
        self._patch.setenv("EKTP_HOME", str(self.folder / "elsewhere"))

    def untouched(self) -> bool:
        """Tell whether nothing was written there."""
        with psycopg.connect(self.elsewhere) as connection:
            row = connection.execute(
                "select count(*) from pg_class c join pg_namespace n on n.oid = relnamespace where nspname !~ '^pg_'"
                " and nspname <> 'information_schema'"
            ).fetchone()
        return row == (0,) and not (self.folder / "elsewhere").exists()


@pytest.fixture
def site(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, database_url: str,
    postgres: PrivatePostgres,
) -> Iterator[Site]:  # fmt: skip
    """Give an installation with a little of everything, and an empty one."""
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES)
    given = {"EKTP_DATABASE_URL": database_url, "EKTP_CONFIG": str(rules)}
    with (
        postgres.database() as elsewhere,
        command_line(monkeypatch, capsys, tmp_path, **given) as ektp,
    ):
        for _ in range(3):
            ektp("apply", ektp.file(*happy().events, *History().recorded().events, b"{not json"))
        for name in ("st337401", "st337402", "st337403"):
            ektp.ask("stations", "add", name, "--role", "station", "--office", "33.74.10")
        ektp.ask("stations", "revoke", "st337403", "--because", "stolen")
        with psycopg.connect(database_url) as connection:
            connection.execute("insert into sightings (station, last_contact) values ('st337499', now())")
        yield Site(ektp, monkeypatch, tmp_path, elsewhere)


def letters(url: str) -> list[dict[str, Any]]:
    """Return what stations are asked, by their names."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("select routing_key, body from outbox where routing_key like 'events-wanted.%'"
                                  " order by routing_key").fetchall()  # fmt: skip
    assert [key for key, _ in rows] == [f"events-wanted.{json.loads(body)['subject']}" for _, body in rows]
    return [json.loads(body) for _, body in rows]


def test_what_was_backed_up_is_restored_elsewhere(site: Site) -> None:
    """The same counts, the same states, persons that can be opened, an audit that goes on, the configuration."""
    ektp = site.ektp
    before, parked = ektp.ask("summary"), ektp.ask("parked", "list")
    made = ektp.ask("backup", *site.words)
    assert site.file.stat().st_mode & 0o777 == 0o600
    assert ektp.ask("restore", *site.words, "--check")["backup"] == made["backup"]
    site.move()
    told = ektp.ask("restore", *site.words)
    assert told | {"file": made["file"], "bytes": made["bytes"]} == made | {
        "stations": 3, "audit": "whole", "configuration": str(site.folder / "elsewhere" / "ektp.toml")
    }  # fmt: skip
    assert told["last_commit"] <= told["made"]
    assert (site.folder / "elsewhere" / "ektp.toml").read_text() == RULES
    keys = site.folder / "elsewhere" / "keys"
    assert {path.name for path in keys.iterdir()} == {"secret-key", "nik-key", "audit-key"}
    assert {path.stat().st_mode & 0o777 for path in keys.iterdir()} == {0o600}
    after = ektp.ask("summary")
    assert [after[name] for name in ("applications", "states", "events")] == [
        before[name] for name in ("applications", "states", "events")
    ]
    assert ektp.ask("verify")["ok"] is True
    assert ektp.ask("parked", "show", parked[0]["parked"])["body"].startswith("{xxx xxxx")
    assert ektp.ask("audit", "verify")["ok"] is True
    newest, *_ = rows = ektp.ask("audit", "list")
    assert (newest["what"], newest["about"], newest["detail"]["stations"]) == ("store-restored", made["backup"], 3)
    assert rows[1]["what"] == "backup-made"
    assert ektp.ask("apply", ektp.file(*History().recorded().events))["outcomes"][0]["outcome"] == "applied"


def test_nobody_comes_in_with_what_they_had_before(site: Site, database_url: str) -> None:
    """Sessions and tokens end with the restoring, which is noted; every table is counted."""
    site.ektp.ask("accounts", "add", "siti", "--role", "viewer", "--office", "all")
    site.ektp.ask("accounts", "token", "report", "--role", "viewer", "--office", "all")
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into sessions (digest, person, csrf, ends) values ('d', 'siti', 'c', 'infinity')")
        tables = connection.execute("select relname from pg_stat_user_tables where relname !~ '^history_'").fetchall()
    made = site.ektp.ask("backup", *site.words)
    assert set(made["counts"]) == {name for (name,) in tables} - {"alembic_version"} | {"history"}
    assert [made["counts"][name] for name in ("people", "api_tokens", "sessions", "repairs")] == [1, 1, 1, 0]
    site.move()
    site.ektp.ask("restore", *site.words)
    with psycopg.connect(site.elsewhere) as connection:
        assert connection.execute("select count(*) from sessions").fetchone() == (0,)
    person, token = site.ektp.ask("accounts", "list")
    assert (person["disabled"], token["disabled"] is not None) == (None, True)
    noted = site.ektp.ask("audit", "list")[0]
    assert (noted["what"], noted["detail"]["sessions"], noted["detail"]["tokens"]) == ("store-restored", 1, 1)


def test_every_station_is_asked_for_everything_since_the_last_commit(site: Site) -> None:
    """Those with an account and those that were seen; a day more than needed; at the HTTP door, too."""
    site.ektp.ask("backup", *site.words)
    site.move()
    told = site.ektp.ask("restore", *site.words)
    asked = letters(site.elsewhere)
    assert [one["subject"] for one in asked] == ["st337401", "st337402", "st337499"]
    assert {one["data"]["since"] for one in asked} == {told["since"]}
    before = datetime.fromisoformat(told["last_commit"]) - datetime.fromisoformat(told["since"])
    assert before == timedelta(days=1)
    assert datetime.now(UTC) - datetime.fromisoformat(told["last_commit"]) < timedelta(minutes=5)
    with psycopg.connect(site.elsewhere) as connection:
        wanted = connection.execute("select station, id::text from events_wanted order by station").fetchall()
    assert wanted == [(one["subject"], one["id"]) for one in asked]


def test_what_is_damaged_or_locked_is_refused_and_nothing_is_written(site: Site) -> None:
    """Cut off, a changed byte, another passphrase, no backup: exit code 1 or 2, and one line."""
    site.ektp.ask("backup", *site.words)
    whole = site.file.read_bytes()
    site.move()
    inside = whole.index(b"PGDMP") + 3, whole.index(b"trusted")
    spots = (10, 600, len(whole) // 3, len(whole) // 2, *inside, len(whole) - 700)
    changed = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in spots]
    cuts = [whole[:at] for at in (0, 100, 512, 5000, len(whole) // 2, len(whole) - 512)]
    for content in (*changed, *cuts, b"no backup" * 1000):
        site.file.write_bytes(content)
        answer = site.ektp("restore", *site.words)
        assert (answer.code, answer.out, answer.err.count("\n")) == (1, "", 1)
        assert "nothing was written" in answer.err
    site.file.write_bytes(whole)
    site.passphrase.write_text("not the right one")
    answer = site.ektp("restore", *site.words)
    assert (answer.code, "the passphrase is not" in answer.err) == (1, True)
    assert site.ektp("restore", site.folder / "nowhere", *site.words[1:]).code == 2
    assert site.untouched()


def test_only_what_is_empty_is_restored_into(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither over another store, nor into a home with other keys, nor under other keys that are given."""
    site.ektp.ask("backup", *site.words)
    answer = site.ektp("restore", *site.words)
    assert (answer.code, "is not empty" in answer.err) == (1, True)
    site.move()
    monkeypatch.setenv("EKTP_NIK_KEY", "another key that somebody has set here")
    answer = site.ektp("restore", *site.words)
    assert (answer.code, "unset EKTP_NIK_KEY" in answer.err) == (1, True)
    monkeypatch.delenv("EKTP_NIK_KEY")
    assert site.untouched()
    key = site.folder / "elsewhere" / "keys" / "nik-key"
    key.parent.mkdir(parents=True)
    key.write_text("f" * 64)
    answer = site.ektp("restore", *site.words)
    assert (answer.code, "nik-key is not empty" in answer.err) == (1, True)


def test_what_was_interrupted_is_done_again_to_its_end(site: Site) -> None:
    """The database was restored, and it ended before the stations were asked."""
    made = site.ektp.ask("backup", *site.words)
    site.move()
    site.ektp.ask("restore", *site.words)
    with psycopg.connect(site.elsewhere) as connection:
        connection.execute("delete from outbox where routing_key like 'events-wanted.%'")
        connection.execute("delete from events_wanted")
        connection.execute("create schema ektp_restore")
        connection.execute("create table ektp_restore.backup (id uuid)")
        connection.execute("insert into ektp_restore.backup values (%s)", [made["backup"]])
    assert site.ektp("restore", *site.words).code == 1  # one row more in the audit than there was
    with psycopg.connect(site.elsewhere) as connection:
        connection.execute("alter table audit disable trigger user")
        connection.execute("delete from audit where what = 'store-restored'")
        connection.execute("alter table audit enable trigger user")
    assert site.ektp.ask("restore", *site.words)["stations"] == 3
    assert len(letters(site.elsewhere)) == 3
    assert site.ektp("restore", *site.words).code == 1
    assert site.ektp.ask("verify")["ok"] is True


def test_a_backup_needs_a_place_and_a_passphrase(site: Site) -> None:
    """It overwrites nothing, and leaves nothing half-made."""
    site.file.write_text("something")
    assert site.ektp("backup", *site.words).code == 2
    assert site.file.read_text() == "something"
    assert site.ektp("backup", site.folder / "no" / "folder.tar", *site.words[1:]).code == 2
    assert site.ektp("backup", site.folder / "new.tar").code == 2
    site.passphrase.write_text("short")
    assert site.ektp("backup", site.folder / "new.tar", *site.words[1:]).code == 2
    assert [path for path in site.folder.iterdir() if "ektp-backup" in path.name or path.name == "new.tar"] == []
