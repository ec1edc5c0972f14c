"""A centre that is lost while stations send: restored elsewhere from a backup, and the stations bring the rest."""

import json
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import Eventually
from tests.e2e.conftest import Figures
from tests.e2e.pipeline import Pipeline
from tests.e2e.van import Van
from tests.histories import event
from tests.servers.postgres import PrivatePostgres
from tests.servers.rabbit import PrivateRabbit
from tests.station_home import recording

pytestmark = pytest.mark.slow
RECORDED = 2000  # while the backup is made
LATER = 500  # when it has been: lost with the centre, whatever else is
ALL = RECORDED + LATER
SOME = 300  # events that the centre has applied when the backup begins
SETTLES = 60  # seconds
PARTS = ("consume", "relay")


@pytest.fixture
def centre(pipeline: Pipeline, rabbit: PrivateRabbit) -> Pipeline:
    """Give a centre that takes events in, with the management interface of its broker."""
    pipeline.environment = {**pipeline.environment, "EKTP_BROKER_MANAGEMENT_URL": rabbit.management_url}
    pipeline.start_all(*PARTS)
    return pipeline


@pytest.fixture
def other(centre: Pipeline, tmp_path: Path, rabbit: PrivateRabbit, postgres: PrivatePostgres) -> Iterator[Pipeline]:
    """Give another place: an empty database, an empty home, a virtual host of its own, no keys."""
    folder = tmp_path / "other"
    folder.mkdir()
    with rabbit.vhost() as amqp_url, postgres.database() as database_url:
        made = Pipeline(folder, amqp_url, database_url)
        keys = ("EKTP_SECRET_KEY", "EKTP_NIK_KEY", "EKTP_AUDIT_KEY")
        made.environment = {name: value for name, value in made.environment.items() if name not in keys}
        made.environment |= {"EKTP_BROKER_MANAGEMENT_URL": rabbit.management_url}
        try:
            yield made
        finally:
            made.close()


@pytest.fixture
def name(rabbit: PrivateRabbit) -> Iterator[str]:
    """Give a name that no other test has, and take its account away."""
    mine = f"st{secrets.randbelow(10**8):08d}"
    yield mine
    rabbit.ask("DELETE", f"users/{mine}", missing_ok=True)


def events(station: str, count: int) -> bytes:
    """Return so many recordings of the station, one a line."""
    told = (event(uuid4(), "recorded", station=station, **recording(attempt=1)) for _ in range(count))
    return b"\n".join(json.dumps(one).encode() for one in told)


def counts(centre: Pipeline) -> dict[str, Any]:
    """Return what is counted; how often something came again is no loss."""
    told = centre.ask("summary")
    return {"applications": told["applications"], "states": told["states"], "applied": told["events"]["applied"]}


def test_what_the_backup_does_not_have_the_stations_send_again(  # noqa: PLR0917 - fixtures
    centre: Pipeline,
    other: Pipeline,
    name: str,
    tmp_path: Path,
    eventually: Eventually,
    figures: Figures,
    rabbit: PrivateRabbit,
) -> None:
    """Taken while events pour in; the counts end equal to those of the centre that was never lost."""
    van = Van(centre, tmp_path / "van")
    van.run("enroll", "-", stdin=centre.run("stations", "add", name, "--role", "station", "--office", "33.74.10",
                                            "--json").encode())  # fmt: skip
    van.run("publish", "-", stdin=events(name, RECORDED))
    file, passphrase = tmp_path / "backup.tar", tmp_path / "passphrase"
    passphrase.write_text("five words that nobody guesses")
    words = (str(file), "--passphrase-file", str(passphrase))

    sending = threading.Thread(target=van.run, args=("flush",))
    sending.start()
    try:
        eventually(lambda: counts(centre)["applied"] >= SOME, SETTLES)
        made = centre.ask("backup", *words)
    finally:
        sending.join()
    van.run("publish", "-", stdin=events(name, LATER))
    van.run("flush")
    eventually(lambda: counts(centre)["applied"] == ALL, SETTLES)
    uninterrupted, had = counts(centre), made["counts"]["applications"]
    assert SOME <= had <= RECORDED

    told = other.ask("restore", *words)
    assert (told["last_commit"], told["stations"]) == (made["last_commit"], 1)
    assert counts(other)["applications"] == had
    rabbit.ask("DELETE", f"users/{name}")  # the broker of the centre is lost with its accounts
    account = other.run("stations", "add", name, "--renew", "--json")
    other.start_all(*PARTS)
    elsewhere = Van(other, tmp_path / "van")
    elsewhere.run("enroll", "-", stdin=account.encode())
    eventually(lambda: elsewhere.ask("flush")["words"], SETTLES)
    eventually(lambda: counts(other)["applied"] == ALL, SETTLES)
    assert counts(other) == uninterrupted
    assert other.ask("summary")["events"]["repeated"] == had
    for centre_now in (centre, other):
        assert centre_now.ask("verify")["ok"] is True
        assert centre_now.ask("audit", "verify")["ok"] is True
    figures(f"backup of {had} applications while {RECORDED} came: {made['bytes']} bytes")
    figures(f"with the centre {ALL - had} were lost, after the station's flush {ALL - counts(other)['applied']}")
