"""Bad input at the doors: one reason at each, kept for a person, the next good event at once, no NIK told."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from statistics import median
from uuid import UUID

import pytest

from schemas.reasons import Reason
from tests.amqp_client import Client
from tests.bad_inputs import BAD_INPUTS, KEY, STRUCTURED, BadInput, data
from tests.conftest import Eventually
from tests.e2e.accounts import expected_parked, parked_counts, rows, violations
from tests.e2e.canary import dumped, leaks, planted_in
from tests.e2e.conftest import Figures
from tests.e2e.pipeline import Pipeline
from tests.histories import History

AT_ONCE = 1.0  # second
CANARY = "3374106508999977"
# What is only a matter of AMQP, and a line of nothing, which no line is.
ONLY_AMQP = {"B7", "B31", "B32", "B33", "B34", "B35"}


def planted(name: str) -> BadInput:
    """Return a bad recording in which everything personal is a canary; the NIK stands where none belongs, too."""
    contact = {"kind": "whatsapp", "address": "+6281299990001"}
    person = {"name": "Kenari Contoh", "contact": contact, "birth_date": "1999-08-25"}
    return data("canary", name, Reason.UNKNOWN_FIELD, nik=CANARY, **person, **{CANARY: "x", "surprise": CANARY})


def planted_and_good(name: str) -> BadInput:
    """Return a good recording with the same person: sealed, and told nobody."""
    bad = json.loads(planted(name).body)
    kept = {key: value for key, value in bad["data"].items() if key not in (CANARY, "surprise")}
    return replace(planted(name), expected="accepted", body=json.dumps(bad | {"data": kept}).encode())


CASES = (*BAD_INPUTS, planted("a planted person"), planted_and_good("a planted resident"))
LINES = tuple(
    case for case in CASES if case.kind not in ONLY_AMQP and not case.headers and len(case.body.splitlines()) == 1
)


def good(number: int) -> tuple[UUID, bytes]:
    """Return the id and the line of a good event: the recording of a person of our own."""
    told = History(number).recorded().events[0]
    return UUID(told["id"]), json.dumps(told).encode()


@pytest.fixture
def client(pipeline: Pipeline) -> Iterator[Client]:
    """Give a plain client of the broker."""
    plain = Client(pipeline.broker_url)
    yield plain
    plain.close()


def id_of(case: BadInput) -> UUID:
    """Return the id of an odd event that is good."""
    return UUID(str(case.headers["ce-id"]) if "ce-id" in case.headers else json.loads(case.body)["id"])


def test_the_scan_finds_what_was_planted() -> None:
    """As it is, as JSON writes it, and in a binary column."""
    canaries = planted_in(CASES)
    assert {CANARY.encode(), b"+6281299990001", b"Suharto", "محمد يوسف".encode(), b"33.74.10.650899.9001"} <= canaries
    for text in (CANARY, "Kenari Contoh", json.dumps("محمد يوسف"), CANARY.encode().hex()):
        assert leaks({"a table": b"x" + text.encode() + b"x"}, canaries) != []
    assert leaks({"a table": b"33741065 08999977 Contoh"}, canaries) == []


def key_of(number: int, case: BadInput) -> str:
    """Return its routing key, with a station of its own where it names one, so that it is found in the parking lot."""
    return case.routing_key.replace(KEY, f"recorded.bad{number:03}")


def send_and_time(pipeline: Pipeline, client: Client, eventually: Eventually, number: int, case: BadInput) -> float:
    """Send a bad message and a good one; return the seconds until the good one is applied."""
    properties = {"content_type": case.content_type, "headers": dict(case.headers), **case.properties}
    client.send(key_of(number, case), case.body, **properties)
    identity, line = good(400_000 + number)
    began = time.monotonic()
    client.send(KEY, line, content_type=STRUCTURED)
    eventually(partial(rows, pipeline, f"select 1 from history where id = '{identity}'"), 20)
    return time.monotonic() - began


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_every_bad_message_is_parked_with_its_reason_and_the_next_is_taken_at_once(
    pipeline: Pipeline, client: Client, eventually: Eventually, figures: Figures
) -> None:
    """Through AMQP: one bad message, then a good one, which is applied within a second; nowhere is a canary told."""
    for name, exchange in (("tap.notices", "ektp.notices"), ("tap.feedback", "ektp.feedback")):
        client.queue(name, exchange)
    pipeline.start_all("consume", "relay")
    taken = [send_and_time(pipeline, client, eventually, number, case) for number, case in enumerate(CASES)]
    bad = [case for case in CASES if case.expected != "accepted"]
    eventually(lambda: rows(pipeline, "select count(*) from parked") == [(len(bad),)], 20)
    eventually(lambda: rows(pipeline, "select count(*) from outbox where sent is null") == [(0,)], 20)
    expected = [expected_parked(case, key_of(number, case)) for number, case in enumerate(CASES) if case in bad]
    assert parked_counts(pipeline) == Counter(expected)
    applied = {row[0] for row in rows(pipeline, "select id from history where outcome = 'applied'")}
    assert [case.name for case in CASES if case.expected == "accepted" and id_of(case) not in applied] == []
    assert pipeline.all_alive()
    assert violations(pipeline) == {}
    figures(
        f"doors: {len(CASES)} messages, {len(bad)} parked; the next good event was applied after "
        f"{median(taken):.3f} s (median), {max(taken):.3f} s (longest)"
    )
    assert max(taken) < AT_ONCE
    assert_nobody_told(pipeline, client)


def assert_nobody_told(pipeline: Pipeline, client: Client) -> None:
    """No canary in what any process wrote, in what left through the broker, in any table, sealed columns included."""
    pipeline.run("parked", "list")
    pipeline.run("parked", "groups")
    first = pipeline.ask("parked", "list")[0]["parked"]
    pipeline.run("parked", "show", first)
    canaries = planted_in(CASES)
    assert len(canaries) > len(CASES) // 2
    texts = pipeline.outputs() | {f"table {name}": text for name, text in dumped(pipeline.database_url).items()}
    texts |= {name: b"\n".join(client.take_all(name)) for name in ("tap.notices", "tap.feedback")}
    assert {"table persons", "table parked", "table history", "consume-1", "relay-1", "parked list"} <= set(texts)
    assert all(texts[name] for name in ("tap.notices", "tap.feedback", "table persons", "consume-1"))
    assert leaks(texts, canaries) == []


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_every_bad_line_has_the_same_reason_as_the_message(pipeline: Pipeline, figures: Figures) -> None:
    """Through `ektp apply -`: each bad line is followed by a good one, which is applied."""
    lines, expected = [], []
    for number, case in enumerate(LINES):
        _, line = good(410_000 + number)
        lines += [case.body, line]
        reason = None if case.expected == "accepted" else str(case.expected)
        expected += [("parked" if reason else "applied", reason), ("applied", None)]
    outcomes = pipeline.ask("apply", "-", stdin=b"\n".join(lines) + b"\n")["outcomes"]
    told = [(one["outcome"], one["reason"]) for one in outcomes]
    assert told == expected
    listed = Counter(one["reason"] for one in pipeline.ask("parked", "list") if one["door"] == "cli")
    assert listed == Counter(reason for _, reason in expected if reason)

    again = [one["outcome"] for one in pipeline.ask("apply", "-", stdin=b"\n".join(lines) + b"\n")["outcomes"]]
    assert set(again) == {"repeated"}
    assert rows(pipeline, "select count(*) from parked") == [(listed.total(),)]
    assert violations(pipeline) == {}
    texts = pipeline.outputs() | {f"table {name}": text for name, text in dumped(pipeline.database_url).items()}
    assert leaks(texts, planted_in(LINES)) == []
    figures(f"doors: {len(LINES)} lines, {listed.total()} parked")
