"""The supervisor over parts made of paper."""

import threading
from collections.abc import Callable

import pytest

from ektp.running.supervisor import Part, PartNotReady, Supervisor
from tests.conftest import Eventually


class Worker:
    """A part that works until stopped; `dies` makes its run fail at once, `ready` is set by the test."""

    def __init__(self, diary: list[str], name: str, *, dies: bool = False, ready: bool = True) -> None:
        self._diary, self._name, self._dies = diary, name, dies
        self._ended = threading.Event()
        self.ready = ready

    def run(self) -> None:
        """Work."""
        self._diary.append(f"{self._name} runs")
        if self._dies:
            raise RuntimeError(self._name)
        self._ended.wait(10)
        self._diary.append(f"{self._name} ends")

    def stop(self) -> None:
        """End."""
        self._ended.set()


def maker(*workers: Worker) -> Callable[[], Worker]:
    """Return a factory that gives one worker after the other, the last one for ever."""
    left = list(workers)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


def test_parts_start_in_order_and_stop_in_reverse() -> None:
    """The store before the intake, the intake before the web; and back."""
    diary: list[str] = []
    supervisor = Supervisor([Part(name, maker(Worker(diary, name))) for name in ("store", "intake", "web")])
    supervisor.start()
    assert supervisor.ready
    supervisor.stop()
    assert [line for line in diary if line.endswith("ends")] == ["web ends", "intake ends", "store ends"]


def test_a_part_that_dies_is_made_anew(eventually: Eventually) -> None:
    """Twice dead, the third one works."""
    diary: list[str] = []
    workers = [Worker(diary, "relay", dies=True), Worker(diary, "relay", dies=True), Worker(diary, "relay")]
    part = Part("relay", maker(*workers))
    supervisor = Supervisor([part])
    supervisor.start()
    eventually(lambda: diary.count("relay runs") == 3, 5)
    assert part.restarts == 2
    supervisor.stop()


def test_a_part_that_does_not_become_ready_ends_the_start() -> None:
    """Those after it are not started, and the error names it."""
    diary: list[str] = []
    parts = [Part("store", maker(Worker(diary, "store", ready=False))), Part("intake", maker(Worker(diary, "intake")))]
    supervisor = Supervisor(parts, patience=0.1)
    with pytest.raises(PartNotReady, match="store was not ready"):
        supervisor.start()
    supervisor.stop()
    assert "intake runs" not in diary
