"""docker-compose.yml without a container engine: its form, its promises, and its processes rehearsed."""

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft201909Validator

from schemas.samples import valid_event
from tests.command_line import CommandLine, command_line
from tests.conftest import Eventually
from tests.e2e.pipeline import EKTP, ROOT, Process
from tests.servers.watchdog import Watchdog

OFFICIAL = ROOT / "tests" / "data" / "compose-spec" / "compose-spec.json"
SHOWN = 2000  # characters of a log that a failure shows
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?:(?P<how>:[-?])(?P<what>[^}]*))?\}")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
STAYING = ("consume", "relay", "worker", "beat", "web")
UNITS = {"s": 1, "m": 60}


def seconds(duration: str) -> int:
    """Read a duration such as 45s."""
    return int(duration[:-1]) * UNITS[duration[-1]]


def in_order(services: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the services so that each comes after those it depends on."""
    done: list[str] = []
    while len(done) < len(services):
        ready = [name for name in services if name not in done and set(services[name].get("depends_on", ())) <= {*done}]
        assert ready, "they wait for each other"
        done += ready
    return done


class Rehearsal:
    """Our services as processes: their own words and environment, with the addresses of private servers."""

    def __init__(self, folder: Path, servers: Mapping[str, str]) -> None:
        self._folder, self._servers = folder, servers
        self.processes: dict[str, list[Process]] = {}
        self._secrets = {
            f"/run/secrets/{name}": self._written(name, secrets.token_hex(32)) for name in COMPOSE["secrets"]
        }
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self._leader = subprocess.Popen(["cat"], stdin=subprocess.PIPE, process_group=0)
        self._watchdog = Watchdog(self._leader.pid)

    def environment(self, name: str) -> dict[str, str]:
        """Return what the service is told, and nothing else."""
        told = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "EKTP_HOME": str(self._folder / "home"),
                "EKTP_HTTP_PORT": str(self._port)}  # fmt: skip
        for variable, value in SERVICES[name]["environment"].items():
            host = re.search(r"@(?P<host>[a-z]+):\d+/", value)
            told[variable] = self._servers[host["host"]] if host else self._secrets.get(value, value)
        return told

    def run(self, name: str, call: list[str]) -> int:
        """Run a program in the place of a service and return its exit code."""
        with (self._folder / f"{name}.commands").open("ab") as log:
            done = subprocess.run(call, env=self.environment(name), cwd=self._folder, stdout=log, stderr=log,
                                  check=False, timeout=60)  # fmt: skip
        return done.returncode

    def ask(self, name: str, *words: str, stdin: str = "") -> str:
        """Run a command in the place of a service as `docker compose exec` does, and return what it printed."""
        done = subprocess.run([*EKTP, *words], env=self.environment(name), cwd=self._folder, input=stdin,
                              capture_output=True, text=True, check=True, timeout=200)  # fmt: skip
        return done.stdout

    def start(self, name: str) -> None:
        """Start a service as often as it is to run."""
        words = (*EKTP, *SERVICES[name]["command"])
        for number in range(SERVICES[name].get("deploy", {}).get("replicas", 1)):
            log = self._folder / f"{name}-{number}.log"
            process = Process(name, words, self.environment(name), log, self._leader.pid)
            self.processes.setdefault(name, []).append(process)

    def is_healthy(self, name: str) -> bool:
        """Tell what the healthcheck of a service says."""
        kind, program, *words = SERVICES[name]["healthcheck"]["test"]
        assert kind == "CMD"
        assert all(process.alive for process in self.processes.get(name, ())), self.said(name)
        return self.run(name, [*{"ektp": EKTP, "python": (sys.executable,)}[program], *words]) == 0

    def all_up(self, name: str) -> bool:
        """Tell whether every replica of a service has begun its work."""
        return all(process.up for process in self.processes[name])

    def said(self, name: str) -> str:
        """Return the end of what a service has said."""
        return "".join(path.read_text()[-SHOWN:] for path in sorted(self._folder.glob(f"{name}*")))

    def close(self) -> None:
        """End everything."""
        for process in (one for replicas in self.processes.values() for one in replicas):
            process.kill()
        self._leader.kill()
        self._leader.communicate()
        self._watchdog.dismiss()

    def _written(self, name: str, text: str) -> str:
        path = self._folder / name
        path.write_text(text + "\n")
        return str(path)


@pytest.fixture
def rehearsal(tmp_path: Path, amqp_url: str, empty_database_url: str) -> Iterator[Rehearsal]:
    """Give a stage with two empty servers."""
    with closing(Rehearsal(tmp_path, {"rabbitmq": amqp_url, "postgres": empty_database_url})) as made:
        yield made


@pytest.fixture
def ektp(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[CommandLine]:
    """Give a command line without a database and without a broker."""
    with command_line(monkeypatch, capsys, tmp_path) as made:
        yield made


def test_the_file_follows_the_compose_specification() -> None:
    """By its makers' schema; and the check can fail."""
    official = Draft201909Validator(json.loads(OFFICIAL.read_text()))
    assert [error.message for error in official.iter_errors(COMPOSE)] == []
    assert not official.is_valid({**COMPOSE, "services": {"relay": {"image": "ektp", "replica": 2}}})


def test_everything_that_is_named_is_there() -> None:
    """Files, volumes, secrets and the conditions that services wait for."""
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            assert how["condition"] != "service_healthy" or "healthcheck" in SERVICES[other], (name, other)
            assert not SERVICES[other].get("profiles"), (name, other)
            stays = SERVICES[other]["restart"] != "no"
            assert stays == (how["condition"] != "service_completed_successfully"), (name, other)
        assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"])
        for source in (volume.partition(":")[0] for volume in service.get("volumes", ())):
            assert (ROOT / source).is_file() if source.startswith(".") else source in COMPOSE["volumes"], source
    assert (ROOT / COMPOSE["x-ektp"]["build"]["dockerfile"]).is_file()


def test_what_stays_is_watched_and_given_time_to_end() -> None:
    """Each of ours and of the servers: started again, looked at, and not cut off in the middle of a batch."""
    for name, service in SERVICES.items():
        if service["restart"] != "no":
            assert service["restart"] == "unless-stopped", name
            assert seconds(service["healthcheck"]["timeout"]) <= seconds(service["healthcheck"]["interval"]), name
    assert all(seconds(OURS[name]["stop_grace_period"]) > 30 for name in STAYING)
    assert OURS["consume"]["deploy"]["replicas"] == 2


def test_no_password_and_no_open_port_is_in_the_file() -> None:
    """Passwords come from outside or not at all, keys by file; ports are this machine's own."""
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if variable.endswith(("PASS", "PASSWORD", "_URL")):
                found = VARIABLE.search(value)
                assert found, (name, variable)
                assert found["how"] == ":?", (name, variable)
            assert "KEY" not in variable or variable.endswith("_FILE"), (name, variable)
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ())), name
    assert {one["environment"]["EKTP_SECRET_KEY_FILE"] for one in OURS.values()} == {"/run/secrets/secret-key"}
    ignored = (ROOT / "deploy" / ".gitignore").read_text().split()
    assert all(Path(one["file"]).match("deploy/secrets/*") for one in COMPOSE["secrets"].values())
    assert ignored == ["/secrets/"]


def test_images_are_plain_names_with_a_version() -> None:
    """From wherever the reader's engine gets its images, and never whatever is newest."""
    for name, service in SERVICES.items():
        image, _, version = service["image"].partition(":")
        assert version not in ("", "latest"), name
        assert "." not in image, name


def test_the_image_is_pinned_and_runs_as_nobody_special() -> None:
    """Packages by hash, an account that is not root, the packages of ours and no secrets."""
    lines = re.sub(r"\\\n\s*", "", (ROOT / "deploy" / "Dockerfile").read_text()).splitlines()
    steps = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    assert {rest.split()[0] for word, rest in steps if word == "FROM"} == {"python:3.13-slim"}
    assert [rest for word, rest in steps if word == "USER"] == ["10001:10001"]
    assert [rest for word, rest in steps if word == "ENTRYPOINT"] == ['["ektp"]']
    assert [rest for word, rest in steps if word == "RUN" and "pip" in rest and "--require-hashes" not in rest] == []
    copied = {rest.split()[0] for word, rest in steps if word == "COPY" and not rest.startswith("--from")}
    assert copied == {"requirements.lock", "schemas", "workflows", "consumers", "ektp"}
    allowed = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text().splitlines()
    assert {line[1:] for line in allowed if line.startswith("!")} == copied
    assert "*" in allowed


def test_every_command_exists(ektp: CommandLine) -> None:
    """Also those of the healthchecks."""
    for service in OURS.values():
        assert ektp(*service["command"], "--help").code == 0
        if service.get("healthcheck", {}).get("test", ["", ""])[1] == "ektp":
            assert ektp(*service["healthcheck"]["test"][2:], "--help").code == 0


def test_prometheus_asks_only_what_is_there() -> None:
    """Our own measures where the web serves them, RabbitMQ's by the plugin that the broker is given."""
    jobs = yaml.safe_load((ROOT / "deploy" / "prometheus.yml").read_text())["scrape_configs"]
    targets = {target for job in jobs for one in job["static_configs"] for target in one["targets"]}
    assert targets == {"rabbitmq:15692", "web:8374"}
    assert any(port.endswith(":8374") for port in SERVICES["web"]["ports"])
    assert "rabbitmq_prometheus" in (ROOT / "deploy" / "rabbitmq-plugins").read_text()
    assert SERVICES["prometheus"]["profiles"] == ["monitoring"]
    vhosts = {vhost for job in jobs for vhost in job.get("params", {}).get("vhost", ())}
    assert vhosts == {SERVICES["rabbitmq"]["environment"]["RABBITMQ_DEFAULT_VHOST"]}


@pytest.mark.slow
def test_the_services_start_in_their_order_carry_an_event_and_end(rehearsal: Rehearsal, eventually: Eventually) -> None:
    """From two empty servers: migrated first, all healthy, one card recorded, each ended by SIGTERM with 0."""
    assert not rehearsal.is_healthy("consume"), "nothing is there yet"
    for name in (one for one in in_order(SERVICES) if one in OURS and not SERVICES[one].get("profiles")):
        if SERVICES[name]["restart"] == "no":
            assert not rehearsal.processes, "it must be over before anything else starts"
            assert rehearsal.run(name, [*EKTP, *SERVICES[name]["command"]]) == 0, rehearsal.said(name)
        else:
            rehearsal.start(name)
    staying = list(rehearsal.processes)
    assert sorted(staying) == sorted(STAYING)
    for name in staying:
        patience = seconds(SERVICES[name]["healthcheck"]["start_period"])
        eventually(partial(rehearsal.is_healthy, name), patience)
        eventually(partial(rehearsal.all_up, name), patience)
    assert len(rehearsal.processes["consume"]) == 2
    live_a_while(rehearsal)
    carry_an_event(rehearsal, eventually)
    for name in staying:
        for process in rehearsal.processes[name]:
            began = time.monotonic()
            assert process.stop() == 0, rehearsal.said(name)
            assert time.monotonic() - began < seconds(SERVICES[name]["stop_grace_period"])


def carry_an_event(rehearsal: Rehearsal, eventually: Eventually) -> None:
    """Publish a recording, and wait until its notice has left."""

    def left() -> bool:
        summary = json.loads(rehearsal.ask("relay", "summary", "--json"))
        return bool(summary["applications"] == before + 1 and summary["outbox"]["pending"] == 0)

    before = json.loads(rehearsal.ask("relay", "summary", "--json"))["applications"]
    rehearsal.ask("relay", "publish", "-", stdin=json.dumps(valid_event("recorded")))
    eventually(left, 30)


def live_a_while(rehearsal: Rehearsal) -> None:
    """Let the city of the profile `demo` live to its end, as small as it gets, on the same servers."""
    command = [*SERVICES["city"]["command"], "--scale", "0.1", "--json"]
    command[command.index("--pace") + 1] = "0"
    told = json.loads(rehearsal.ask("city", *command).splitlines()[-1])["summary"]
    assert told["states"]["collected"] > 0
    assert told["outbox"]["pending"] == 0
