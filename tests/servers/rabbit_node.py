"""One private RabbitMQ node: child processes with a port, epmd, cookie and data of their own, or a container."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final, Protocol

from tests.servers.memory import roomy
from tests.servers.rabbit_packages import Programs
from tests.servers.unavailable import ServerUnavailable
from tests.servers.watchdog import Watchdog, end_group

PATIENCE: Final = 90  # seconds for a node to start
IMAGE: Final = "rabbitmq:4-management"
PLUGINS: Final = "[rabbitmq_management]."
# Tests wait on what the management interface says: let it be a second old, not the usual five to ten.
FRESH: Final = """[
  {rabbit, [{quorum_tick_interval, 500}]},
  {rabbitmq_management, [{sample_retention_policies,
    [{global, [{60, 1}]}, {basic, [{60, 1}]}, {detailed, [{60, 1}]}]}]},
  {rabbitmq_management_agent, [{sample_retention_policies,
    [{global, [{60, 1}]}, {basic, [{60, 1}]}, {detailed, [{60, 1}]}]}]}
].
"""


class Node(Protocol):
    """A node that can be started and ended again and again with its data kept, until it is removed."""

    origin: str
    port: int
    management_port: int

    def launch(self) -> None:
        """Begin to start it."""

    def check(self) -> None:
        """Raise ServerUnavailable if it ended while it was starting."""

    def runs(self) -> bool:
        """Tell whether it was started and has not ended."""

    def end(self, hard: bool) -> None:
        """End it in order, or as a power cut would."""

    def remove(self) -> None:
        """End it at once and remove all it wrote."""

    def control(self, *words: str) -> str:
        """Run a command of rabbitmqctl and return what it prints."""


class ProcessNode:
    """A node as a process group of its own."""

    def __init__(self, programs: Programs) -> None:
        self.origin = programs.origin
        self.port, self.management_port, distribution, self._epmd = free_ports(4)
        self._programs = programs
        self._folder = Path(tempfile.mkdtemp(prefix="ektp-rabbit-", dir=roomy()))
        self._process: subprocess.Popen[bytes] | None = None
        self._watchdog: Watchdog | None = None
        self._environment = self._write_configuration(distribution)

    def launch(self) -> None:
        """Start epmd and the node in one process group."""
        with (self._folder / "output").open("wb") as output:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", 'epmd -port "$1" -address 127.0.0.1 & exec "$2"', "rabbit",
                 str(self._epmd), str(self._programs.folder / "rabbitmq-server")],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env=self._environment, cwd=self._folder, start_new_session=True,
            )  # fmt: skip
        self._watchdog = Watchdog(self._process.pid, self._folder)

    def check(self) -> None:
        """Raise ServerUnavailable if it ended while it was starting."""
        if self._process is not None and self._process.poll() is not None:
            lines = (self._folder / "output").read_text(errors="replace").strip().splitlines() or ["no message"]
            told = " | ".join(line.strip() for line in lines[-8:])
            raise ServerUnavailable("RabbitMQ", f"the {self.origin} one ended at its start: {told[:800]}")

    def runs(self) -> bool:
        """Tell whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def end(self, hard: bool) -> None:
        """End it in order, or as a power cut would."""
        if self._process is None:
            return
        if not hard:
            self.control("stop")
        end_group(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None
        if self._watchdog is not None:
            self._watchdog.dismiss()
        _wait_until_free(self.port)

    def remove(self) -> None:
        """End it at once and remove all it wrote."""
        self.end(hard=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def control(self, *words: str) -> str:
        """Run a command of rabbitmqctl, about half a second each."""
        call = [str(self._programs.folder / "rabbitmqctl"), "--quiet", *words]
        return _run(call, env=self._environment, cwd=self._folder)

    def _write_configuration(self, distribution: int) -> dict[str, str]:
        folder = self._folder
        cookie = folder / ".erlang.cookie"
        cookie.write_text(secrets.token_hex(16))
        cookie.chmod(0o400)
        (folder / "enabled_plugins").write_text(PLUGINS + "\n")
        (folder / "advanced.config").write_text(FRESH)
        (folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.default = 127.0.0.1:{self.port}\n"
            f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {self.management_port}\n"
            "collect_statistics_interval = 500\n"
            "vm_memory_high_watermark.absolute = 1GB\ndisk_free_limit.absolute = 50MB\nlog.console = false\n"
        )
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("RABBITMQ_", "ERL_"))}
        return inherited | {
            "HOME": str(folder),
            "PATH": self._programs.search_path,
            "RABBITMQ_NODENAME": f"ektp-{secrets.token_hex(4)}@localhost",
            "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_BASE": str(folder),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "none.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
            "RABBITMQ_FEATURE_FLAGS_FILE": str(folder / "feature_flags"),
            "ERL_EPMD_PORT": str(self._epmd),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_CRASH_DUMP_SECONDS": "0",
            # Waiting threads sleep at once: the tests have few cores.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +S 2:2",
        }


class ContainerNode:
    """A node in a container, where an engine answers."""

    def __init__(self, engine: str) -> None:
        self.origin = f"container by {Path(engine).name}"
        self.port, self.management_port = free_ports(2)
        self._engine = engine
        self._name = f"ektp-rabbit-{secrets.token_hex(4)}"
        ports = ["-p", f"127.0.0.1:{self.port}:5672", "-p", f"127.0.0.1:{self.management_port}:15672"]
        _run([engine, "create", "--name", self._name, "--hostname", "rabbit", *ports, IMAGE])

    def launch(self) -> None:
        """Start it."""
        _run([self._engine, "start", self._name])

    def check(self) -> None:
        """Raise ServerUnavailable if it ended while it was starting."""
        running = _run([self._engine, "inspect", "-f", "{{.State.Running}}", self._name])
        if running.strip() != "true":
            raise ServerUnavailable("RabbitMQ", f"its {self.origin} ended at its start")

    def runs(self) -> bool:
        """Tell whether it was started and has not ended."""
        return _run([self._engine, "inspect", "-f", "{{.State.Running}}", self._name]).strip() == "true"

    def end(self, hard: bool) -> None:
        """End it in order, or as a power cut would."""
        _run([self._engine, "kill" if hard else "stop", self._name])

    def remove(self) -> None:
        """Remove it with all it wrote."""
        _run([self._engine, "rm", "-f", "-v", self._name])

    def control(self, *words: str) -> str:
        """Run a command of rabbitmqctl."""
        return _run([self._engine, "exec", self._name, "rabbitmqctl", "--quiet", *words])


def engine() -> str | None:
    """Return a container engine that answers."""
    for name in ("docker", "podman"):
        found = shutil.which(name)
        if found and _answers_at_all(found):
            return found
    return None


def wait_until_open(node: Node, patience: float = PATIENCE) -> None:
    """Wait until it speaks AMQP on its port and HTTP on the other."""
    last = time.monotonic() + patience
    for port, hello, answer in (
        (node.port, b"AMQP\x00\x00\x09\x01", b"\x01"),
        (node.management_port, b"GET / HTTP/1.0\r\n\r\n", b"H"),
    ):
        while not _answers(port, hello, answer):
            node.check()
            if time.monotonic() > last:
                raise ServerUnavailable("RabbitMQ", f"the {node.origin} one did not start in {patience:.0f} seconds")
            time.sleep(0.05)


def free_ports(count: int) -> list[int]:
    """Return ports of the loopback that are free now."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(listener.getsockname()[1]) for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


def _answers_at_all(engine: str) -> bool:
    try:
        return subprocess.run([engine, "info"], capture_output=True, check=False, timeout=10).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _answers(port: int, hello: bytes, answer: bytes) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(hello)
            return connection.recv(1) == answer
    except OSError:
        return False


def _wait_until_free(port: int) -> None:
    last = time.monotonic() + 10
    while time.monotonic() < last:
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.02)
        else:
            return


def _run(call: list[str], env: dict[str, str] | None = None, cwd: Path | None = None) -> str:
    done = subprocess.run(call, env=env, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode:
        told = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
        raise ServerUnavailable("RabbitMQ", f"`{Path(call[0]).name}` failed: {told[-1][:200]}")
    return done.stdout
