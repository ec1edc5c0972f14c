"""A station from its account to its first answer: enrolled, offline, asked for at /track, flushed, counted."""

import json
import re
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from schemas.samples import NIK
from tests.conftest import Eventually
from tests.e2e.pipeline import EKTP, Pipeline
from tests.e2e.van import Van
from tests.servers.rabbit import PrivateRabbit
from tests.web_client import WebClient

pytestmark = pytest.mark.slow
SETTLES = 90  # seconds: two looks of the watch, and a start
PARTS = ("consume", "relay", "worker", "beat")


@pytest.fixture
def centre(pipeline: Pipeline, rabbit: PrivateRabbit) -> Pipeline:
    """Give the centre, everything running, with the management interface of its broker."""
    pipeline.environment = {**pipeline.environment, "EKTP_BROKER_MANAGEMENT_URL": rabbit.management_url}
    pipeline.start_all(*PARTS)
    return pipeline


@pytest.fixture
def web(centre: Pipeline, tmp_path: Path, eventually: Eventually) -> WebClient:
    """Give a resident's client of the web."""
    centre.start_foreign("web", [*EKTP, "web", "--port", "0"], centre.environment, tmp_path / "web.out")
    said = eventually(lambda: re.search(rb"serving (http://\S+)", centre["web"].log.read_bytes()), 30)
    assert said is not None
    client = WebClient(said[1].decode())
    eventually(lambda: client.get("/readyz").status == 200, 20)
    return client


def test_a_recording_that_is_still_on_the_laptop_is_asked_for_by_its_resi_and_then_comes(
    centre: Pipeline, web: WebClient, tmp_path: Path, eventually: Eventually
) -> None:
    """The resident types the resi of the receipt; the alert names the station, and ends with the flush."""
    name = f"st{uuid4().int % 10**8}"
    account = centre.run("stations", "add", name, "--role", "station", "--office", "33.74.10", "--json")
    van = Van(centre, tmp_path / "van")
    van.run("enroll", "-", stdin=account.encode())
    person = {"nik": NIK, "enrolment": "E-337410-000001", "channel": "kecamatan", "reason": "first"}
    (recorded,) = van.ask("record", "-", stdin=json.dumps(person).encode())
    form = urlencode({"resi": recorded["resi"], "pin": "123456"}).encode()
    answer = web.ask("POST", "/track", form, content_type="application/x-www-form-urlencoded")
    assert NIK not in answer.text
    (asked,) = eventually(lambda: centre.ask("alerts", "--station", name))
    assert (asked["rule"], asked["about"], asked["station"]) == ("never-arrived", recorded["resi"], name)

    van.run("close")
    told = van.run("flush")
    assert "2 sent; 0 unsent" in told
    assert eventually(lambda: centre.ask("summary")["applications"] == 1)
    assert centre.ask("show", recorded["application"])["resi"] == recorded["resi"]
    eventually(lambda: centre.ask("alerts", "--station", name) == [], SETTLES)
    (word,) = eventually(lambda: van.ask("flush")["words"], SETTLES)
    assert word.endswith("1 of 1 arrived")
    (listed,) = centre.ask("stations", "list")
    assert (listed["station"], listed["unsent"], listed["missing"], listed["alerts"]) == (name, 0, 0, 0)
    assert (listed["last_day"]["arrived"], listed["last_day"]["counted"]) == (1, 1)
    assert NIK.encode() not in b"".join(centre.outputs().values())
