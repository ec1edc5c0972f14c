"""What a receiver reads: the worst first, with what to do, in their language, and nobody's data."""

from dataclasses import replace
from typing import Any

from structlog.testing import capture_logs

from consumers.steps import StepRunner
from tests.fake_journal import FakeJournal
from tests.histories import invented_nik
from tests.step_fakes import House, OneStep
from workflows.alert import Severity
from workflows.alert_letters import LISTED, Item, said, written
from workflows.steps.kinds import KINDS
from workflows.telling import What

LOW = {"what": "blanko", "since": "2026-02-12", "left": 3}


def item(rule: str = "stock-low", about: str = "33.74/blanko", what: What = What.OPENED, **detail: Any) -> Item:
    """Return one alert of an office."""
    return Item(what, rule, about, "33.74", detail or LOW, "2026-02-12T05:00:00Z")


def test_one_alert_says_in_its_title_what_it_is() -> None:
    """And in its body what was found, what it means and what to do."""
    note = written([item()], "en", "1234abcd")
    assert note.title == "[E-KTP warning] NEW: stock-low 33.74/blanko"
    assert "blanko below its reorder point since 2026-02-12, 3 left" in note.body
    assert "Printing is going to stop." in note.body
    assert "What to do: Order now; `ektp forecast` says how many." in note.body
    assert note.body.endswith("Letter 1234abcd")
    assert (note.severity, note.resolved) == (Severity.WARNING, False)


def test_it_is_written_in_the_language_of_the_receiver() -> None:
    """Indonesian where nothing else was asked for."""
    note = written([item()], "id", "1")
    assert note.title == "[E-KTP peringatan] BARU: stock-low 33.74/blanko"
    assert "Yang perlu dilakukan: Pesan sekarang" in note.body


def test_many_are_one_letter_with_the_worst_first() -> None:
    """So many are named, of the others there is a count."""
    many = [item(about=f"33.{n}/blanko") for n in range(LISTED + 4)]
    note = written([*many, item("consumer-gone", "ektp.intake", ready=7)], "en", "1")
    assert note.title == f"[E-KTP critical] {LISTED + 5} alerts"
    assert note.body.startswith("NEW · consumer-gone · ektp.intake · 33.74")
    assert note.body.count("stock-low") == LISTED - 1
    assert "and 5 more: `ektp alerts`" in note.body


def test_what_is_over_needs_nothing_to_be_done() -> None:
    """Good news alone says that it is."""
    note = written([item(what=What.RESOLVED)], "en", "1")
    assert note.title.endswith("RESOLVED: stock-low 33.74/blanko")
    assert note.resolved
    assert "What to do" not in note.body
    assert not written([item(what=What.RESOLVED), item()], "en", "1").resolved


def test_a_letter_names_no_resident() -> None:
    """A resi is cut to its station's letters, and a NIK that came in somehow is masked."""
    nik = invented_nik()
    note = written([item("never-arrived", "ABC0-1234-5678", stations=["st337410"]), item(about=nik)], "en", "1")
    assert "ABC…" in note.body
    assert "0-1234" not in note.title + note.body
    assert nik not in note.title + note.body
    assert nik not in written([item(about=nik)], "en", "1").title


def test_what_another_release_found_is_told_as_it_is() -> None:
    """Its facts, without a sentence."""
    assert said("from-tomorrow", {"a": 1, "b": [2, 3]}, "en") == "a 1, b 2, 3"
    assert said("stock-low", {"what": "blanko"}, "en") == "what blanko"
    assert "last contact never" in said("station-silent", {"working_hours": 8, "last_contact": None}, "en")
    assert "Letter 1" in written([item("from-tomorrow", "x", a=1)], "en", "1").body


def test_times_are_told_by_the_clocks_of_the_office() -> None:
    """Of one far to the east by its own; in a list too; what is no time stays."""
    detail = {"open": 1, "station": "st1", "oldest": "2018-02-13T03:00:00.5+00:00", "reason": "bad-nik"}
    assert said("parked-new-cause", detail, "id", "33.74.05") == (
        "1 pesan st1 diparkir sejak 2018-02-13 10:00 WIB: bad-nik"
    )
    assert "2018-02-13 12:00 WIT:" in said("parked-new-cause", detail, "en", "91.71")
    assert said("x", {"days": ["2018-02-13", "2018-02-13T23:00:00Z"]}, "en") == "days 2018-02-13, 2018-02-14 06:00 WIB"


def test_a_letter_is_marked_as_delivered_after_it_was_taken() -> None:
    """One that nobody takes stays, and is tried again; an empty one is not sent."""
    house, steps = House(), OneStep("tell")
    house.alerts.takes = False
    steps.step = replace(steps.step, data={"letter": str(steps.step.id)})
    runner = StepRunner(steps, FakeJournal, house.ports(), KINDS)
    runner.run(steps.step.id)
    assert (steps.state, steps.error) == ("waiting", "NotDelivered")
    assert house.alerts.did == ["tell desk title"]
    house.alerts.takes = True
    runner.run(steps.step.id)
    assert steps.state == "done"
    assert house.alerts.did[1:] == ["tell desk title", f"told {steps.step.id}"]
    house.alerts.note, steps.state = None, "waiting"
    runner.run(steps.step.id)
    assert steps.state == "done"
    assert len(house.alerts.did) == 3


def test_the_steps_of_the_watch_look_recount_and_forget() -> None:
    """And what is new stands in the log."""
    house = House()
    for kind, events in (("watch-everything", ["alert"]), ("recount", []), ("forget-alerts", [])):
        steps = OneStep(kind)
        with capture_logs() as lines:
            StepRunner(steps, FakeJournal, house.ports(), KINDS).run(steps.step.id)
        assert steps.state == "done"
        assert [line["event"] for line in lines if line["log_level"] == "warning"] == events
    assert house.alerts.did == ["watch", "plan", "recount", "forget 365"]
