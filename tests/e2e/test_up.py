"""`ektp up` in one terminal, the other commands in another: one home, and no server that we did not bring."""

import json
import os
import signal
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from schemas.samples import valid_event
from tests.conftest import Eventually
from tests.e2e.terminals import START, Terminals

pytestmark = pytest.mark.slow


def test_two_terminals_work_together(terminals: Terminals, board: str, eventually: Eventually) -> None:
    """What one publishes, another hears as a notice and a third can look at; bad lines are told by their number."""
    _, heard = terminals.start("listen", "application-recorded.33.#", "--count", "1")
    eventually(lambda: "listening" in heard.read_text(), 20)
    sample = terminals.run("sample", "recorded").stdout
    event = json.loads(sample)
    lines = sample + b"{not json\n" + json.dumps({**valid_event("collected"), "id": str(uuid4())}).encode()
    done = terminals.run("publish", "-", "--json", stdin=lines)
    assert json.loads(done.stdout) == {"published": 2, "refused": [{"line": 2, "reason": "not-json"}]}
    assert done.returncode == 1
    assert f"through the HTTP door of `ektp up` at {board}" in done.stderr.decode()
    notice = json.loads(eventually(lambda: [line for line in heard.read_text().splitlines() if "{" in line], 20)[0])
    assert (notice["subject"], notice["type"]) == (event["subject"], "id.ektp.application-recorded.v1")
    shown = terminals.ask("show", event["subject"])
    assert (shown["state"], shown["whose_move"], len(shown["history"])) == ("recorded", "centre", 1)
    summary = terminals.ask("summary")
    assert summary["events"] == {"applied": 1, "repeated": 0, "held": 1, "superseded": 0, "parked": 0}
    queues = {one["queue"]: one for one in terminals.ask("queues")["queues"]}
    assert queues["ektp.intake"]["consumers"] == 1
    assert terminals.ask("verify")["ok"]


def test_a_second_one_in_the_same_home_is_told_so(terminals: Terminals, board: str) -> None:
    """And one in another home that wants the same port."""
    second = terminals.run("up", "--scenario", "none", "--port", "0")
    assert (second.returncode, second.stderr.count(b"\n")) == (3, 1)
    assert b"in use by another `ektp up`" in second.stderr
    third = terminals.run("up", "--scenario", "none", "--port", board.rpartition(":")[2])
    assert third.returncode == 2
    assert b"--port" in third.stderr


def test_a_store_that_dies_is_brought_up_again_and_nothing_is_lost(
    terminals: Terminals, board: str, eventually: Eventually
) -> None:
    """PostgreSQL killed outright: the parts wait, it comes back, and what is published then is taken in."""
    pid_file = next(terminals.home.glob("postgresql/**/postmaster.pid"))
    # Of today: one of long ago would miss its promise at once, and say so.
    first = valid_event("recorded", id=uuid4(), time=datetime.now(UTC))
    terminals.ask("publish", "-", stdin=json.dumps(first).encode())
    killed = int(pid_file.read_text().split()[0])
    os.kill(killed, signal.SIGKILL)
    later = json.dumps({**valid_event("data-verified"), "id": str(uuid4())}).encode()
    eventually(lambda: terminals.run("publish", "-", stdin=later).returncode == 0, 60)
    shown = terminals.ask("show", first["subject"])
    assert [row["outcome"] for row in shown["history"]] == ["applied", "applied"]
    assert int(pid_file.read_text().split()[0]) != killed


def test_it_ends_in_order_when_told_and_leaves_its_home_ready_for_the_next(
    terminals: Terminals, eventually: Eventually
) -> None:
    """SIGTERM: exit 0, no server left, no word of it in the home; `publish` then says what to do."""
    process, log = terminals.start("up", "--scenario", "none", "--port", "0")
    eventually(lambda: "board" in log.read_text(), START)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0, log.read_text()
    assert not (terminals.home / "up.json").exists()
    assert not list(terminals.home.glob("postgresql/**/postmaster.pid"))
    done = terminals.run("publish", "-", stdin=b"{}")
    assert (done.returncode, done.stderr.count(b"\n")) == (3, 1)
    assert b"no `ektp up` runs" in done.stderr
    assert terminals.run("up", "--scenario", "none", "--until-done", "--port", "0", "--json").returncode == 0


def test_two_runs_with_one_seed_agree(terminals: Terminals, home: Path) -> None:
    """A small city to its end, twice, each in a home of its own; another seed is another history."""

    def figures(name: str, seed: int) -> tuple[object, ...]:
        told = terminals.at(home / name).ask("up", "--until-done", "--port", "0", "--scale", "0.1", "--seed", str(seed))
        events = told["events"]
        return told["applications"], told["states"], *(events[kind] for kind in ("applied", "superseded", "parked"))

    first = figures("first", 7)
    assert first == figures("second", 7)
    assert first != figures("third", 8)
    applications, states, applied, *_ = first
    assert isinstance(applications, int)
    assert applications > 50
    assert isinstance(applied, int)
    assert applied > 4 * applications
    assert isinstance(states, dict)
    assert states["collected"] > applications / 2


def test_a_stuck_month_ends_with_a_table_of_what_became_of_everybody(terminals: Terminals) -> None:
    """Noticed in time, remedied, nobody at another end; the store is sound."""
    told = terminals.ask(
        "up", "--scenario", "stuck-month", "--until-done", "--port", "0", "--scale", "0.05", "--seed", "2018"
    )
    outcome = told["outcome"]
    assert outcome["kept"], outcome
    assert outcome["re_recorded_before_deletion"] == outcome["duplicates_re_recorded"] == 0
    assert sum(row["applications"] for row in outcome["troubles"]) == told["applications"] > 30
    assert all(row["noticed"] == row["applications"] and row["ended"]["other"] == 0 for row in outcome["troubles"])
    assert terminals.ask("verify")["ok"]


def test_semarang_ends_with_a_table_by_weeks_and_a_plot(terminals: Terminals) -> None:
    """By the rules that it brings, which the other commands of the home go by too; everything is in the store."""
    process, log = terminals.start(
        "up", "--scenario", "semarang", "--until-done", "--port", "0", "--scale", "0.002", "--json"
    )
    assert process.wait(280) == 0, log.read_text()
    told = json.loads(log.read_text().splitlines()[-1])
    backlog = told["backlog"]
    assert 180 < backlog["recorded"] < 300
    assert backlog["recorded"] + backlog["new"]["recorded"] == told["applications"]
    assert backlog["left"] == 0 < backlog["look"]["backlog"] < backlog["recorded"] / 2
    assert backlog["new"]["share"] > 0.8
    assert backlog["new"]["median_working_days"] < 4
    assert Path(backlog["plots"]["svg"]).read_bytes().startswith(b"<svg ")
    assert Path(backlog["plots"]["png"]).read_bytes().startswith(b"\x89PNG")
    assert all(Path(path).parent == terminals.home for path in backlog["plots"].values())
    assert terminals.ask("verify")["ok"]
    (ahead,) = terminals.ask("forecast", "33.74")
    assert (ahead["capacity_a_day"], ahead["backlog_ends"]["working_days"]) == (6, 0)
