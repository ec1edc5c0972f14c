"""The watch through the real processes: a recording is missed, its station hears of it, and it comes after all."""

import json
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ektp.broker import topology
from tests.amqp_client import Client
from tests.conftest import Eventually
from tests.e2e.conftest import Figures
from tests.e2e.pipeline import Pipeline
from tests.histories import History, event

pytestmark = pytest.mark.slow
STATION = "st337410"
DAY = "2018-02-12"
SETTLES = 90  # seconds: two looks of the watch, and a start
PARTS = ("consume", "relay", "worker", "beat")


@pytest.fixture
def watched(pipeline: Pipeline, tmp_path: Path) -> Pipeline:
    """Give the pipeline with a watch that has no patience."""
    rules = tmp_path / "ektp.toml"
    rules.write_text("[stations]\npatience = 0\n")
    pipeline.environment = {**pipeline.environment, "EKTP_CONFIG": str(rules)}
    pipeline.start_all(*PARTS)
    return pipeline


def recorded(number: int) -> bytes:
    """Return a recording of the day with this running number."""
    wire = History().recorded().events[0]
    told = {"source": f"/stations/{STATION}", "time": f"{DAY}T09:{number:02}:00+07:00", "sequence": str(number)}
    return json.dumps({**wire, **told}).encode()


def closed(count: int) -> bytes:
    """Return the word that the day is closed."""
    said = event(STATION, "station-day-closed", station=STATION, date=DAY, count=count, last_sequence=str(count))
    return json.dumps(said).encode()


def about(pipeline: Pipeline) -> set[tuple[str, str]]:
    """Return what the command says is the matter."""
    return {(one["rule"], one["about"]) for one in pipeline.ask("alerts")}


def answers(heard: list[bytes], client: Client, queue: str) -> list[dict[str, Any]]:
    """Return the data of every answer that the station has heard so far."""
    heard += client.take_all(queue)
    return [json.loads(body)["data"] for body in heard]


def test_a_recording_that_never_left_the_laptop_is_missed_and_its_station_told(
    watched: Pipeline, eventually: Eventually, figures: Figures
) -> None:
    """Four of five, the number of the fifth, one notice; after a kill -9 of everybody who could say it twice: once."""
    heard: list[bytes] = []
    with closing(Client(watched.broker_url)) as client:
        own = client.queue(f"ektp.feedback.{STATION}", topology.FEEDBACK, f"*.{STATION}")
        missing = client.queue("missing", topology.NOTICES, "recording-missing.#")
        client.tell(f"recorded.{STATION}", *(recorded(number) for number in (1, 2, 4, 5)))
        client.tell(f"station-day-closed.{STATION}", closed(5))
        differs, case = ("day-differs", f"{STATION}/{DAY}"), ("recording-missing", f"{STATION}#3")
        eventually(lambda: {differs, case} <= about(watched), SETTLES)
        for name in ("worker-1", "beat-1", "relay-1", "consume-1"):
            watched[name].kill()
            watched.start(name, name.partition("-")[0])
        client.tell(f"recorded.{STATION}.late", recorded(3))
        eventually(lambda: not {differs, case} & about(watched), SETTLES)
        said = partial(answers, heard, client, own)
        eventually(lambda: any(one["arrived"] == 5 for one in said()), SETTLES)
        assert said() == [
            {"date": DAY, "counted": 5, "arrived": 4, "missing": ["3"]},
            {"date": DAY, "counted": 5, "arrived": 5, "missing": []},
        ]
        (notice,) = [json.loads(body) for body in client.take_all(missing)]
    assert (notice["subject"], notice["data"]["arrived"], notice["sequence"]) == (STATION, 4, "1")
    resolved = {one["rule"]: one for one in watched.ask("alerts", "--all") if one["resolved"]}
    assert set(resolved) >= {"day-differs", "recording-missing"}
    assert watched.ask("verify")["ok"]
    figures(
        f"a missing recording: told {resolved['day-differs']['opened']}, over {resolved['day-differs']['resolved']}"
    )
