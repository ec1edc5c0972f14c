"""A thousand cards through clients that are not ours: the contract is what is on the wire, not what our code says."""

import json
import random
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

from tests.amqp_client import Client
from tests.bad_inputs import BAD_INPUTS, KEY, STRUCTURED, BadInput
from tests.conftest import Eventually
from tests.e2e.accounts import AtRest, expected_parked, parked_counts, rows, violations
from tests.e2e.conftest import Figures
from tests.e2e.foreign import fits_a_line, options
from tests.e2e.pipeline import Pipeline
from tests.e2e.station import letter_of
from tests.histories import History, happy
from tests.servers.amqp_tools import AmqpTools

CARDS = 1000
DOUBLED = 0.05
SEED = 20180212


@contextmanager
def line_publishers(tools: AmqpTools, url: str, keys: set[str]) -> Iterator[Mapping[str, IO[bytes]]]:
    """Give for each key the input of an amqp-publish that makes a message of every line; wait for them to end.

    Leave only when all has arrived: amqp-publish knows no confirms, and what a channel that closes has sent last may be
    lost in RabbitMQ. A quorum queue that hears of the end first takes the rest for out of sequence (seen with 3.10.8).
    """
    publishers = {
        key: subprocess.Popen(tools.publish(url, key, "-l", f"--content-type={STRUCTURED}"), stdin=subprocess.PIPE,
                              env=dict(tools.environment), bufsize=0)
        for key in keys
    }  # fmt: skip
    inputs = {key: publisher.stdin for key, publisher in publishers.items() if publisher.stdin is not None}
    try:
        yield inputs
    finally:
        for opened in inputs.values():
            opened.close()
        ended = {key: publisher.wait(60) for key, publisher in publishers.items()}
    assert not any(ended.values()), ended


def send_alone(tools: AmqpTools, url: str, case: BadInput, key: str, words: list[str]) -> None:
    """Send one message with a process of its own, its body from standard input."""
    call = tools.publish(url, key, *words)
    subprocess.run(call, input=case.body, env=dict(tools.environment), check=True, timeout=20)


def send_bad_ones(tools: AmqpTools, url: str, cases: list[BadInput]) -> Counter[tuple[str | None, str]]:
    """Send each by amqp-publish if that can, else by pika; return what must be found in the parking lot."""
    expected: Counter[tuple[str | None, str]] = Counter()
    client = Client(url)
    for number, case in enumerate(cases):
        # A station of its own, so that each is found by itself in the parking lot.
        key = case.routing_key.replace(KEY, f"recorded.bad{number:03}")
        if (words := options(case)) is not None:
            send_alone(tools, url, case, key, words)
        else:
            client.send(key, case.body, content_type=case.content_type, headers=dict(case.headers), **case.properties)
        if case.expected != "accepted":
            expected[expected_parked(case, key)] += 1
    client.close()
    return expected


def mixed_lines(histories: list[History], bad: list[BadInput]) -> tuple[list[tuple[str, bytes]], int]:
    """Return all events mixed up as key and line, some doubled, bad lines among them; and how many were doubled."""
    chance = random.Random(SEED)
    letters = [letter_of(event) for history in histories for event in history.events]
    again = chance.sample(letters, round(len(letters) * DOUBLED))
    lines = [(letter.routing_key, letter.body) for letter in (*letters, *again)] + [(KEY, case.body) for case in bad]
    chance.shuffle(lines)
    return lines, len(again)


def notices_in(output: Path) -> list[dict[str, Any]]:
    """Read what amqp-consume's command wrote: one JSON text after the other, the last perhaps half written."""
    text, found, at = output.read_text(errors="replace"), [], 0
    decoder = json.JSONDecoder()
    while at < len(text):
        try:
            notice, at = decoder.raw_decode(text, at)
        except ValueError:
            break
        found.append(notice)
    return found


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_thousand_cards_of_foreign_stations_are_collected(
    pipeline: Pipeline, amqp_tools: AmqpTools, eventually: Eventually, tmp_path: Path, figures: Figures
) -> None:
    """Shuffled, doubled, bad ones among them: all are collected, all is told, every bad one has its reason."""
    url, heard = pipeline.broker_url, tmp_path / "heard"
    call = amqp_tools.consume(url, "ektp.notices", "#", "cat")
    subscriber = pipeline.start_foreign("subscriber", call, amqp_tools.environment, heard)
    eventually(lambda: b"queue name" in subscriber.log.read_bytes())
    pipeline.start_all("consume", "consume", "relay")
    histories = [happy() for _ in range(CARDS)]
    in_lines = [case for case in BAD_INPUTS if fits_a_line(case)]
    alone = [case for case in BAD_INPUTS if not fits_a_line(case)]
    odd = sum(case.expected == "accepted" for case in BAD_INPUTS)
    lines, doubled = mixed_lines(histories, in_lines)

    began = time.monotonic()
    with line_publishers(amqp_tools, url, {key for key, _ in lines}) as inputs:
        for key, body in lines:
            inputs[key].write(body + b"\n")
        expected = send_bad_ones(amqp_tools, url, alone)
        expected += Counter(expected_parked(case, KEY) for case in in_lines if case.expected != "accepted")
        sent = time.monotonic() - began
        eventually(AtRest(pipeline, CARDS, expected.total()), 90)
    rested = time.monotonic() - began
    wanted = {str(row[0]) for row in rows(pipeline, "select id from outbox where exchange = 'ektp.notices'")}
    eventually(lambda: heard.read_bytes().count(b'"specversion"') >= len(wanted), 60)

    assert pipeline.all_alive()
    assert parked_counts(pipeline) == expected
    assert_counted(pipeline.ask("summary"), odd, doubled, expected.total())
    assert_heard(notices_in(heard), wanted, histories)
    assert violations(pipeline) == {}
    figures(
        f"foreign clients: {5 * CARDS} events, {doubled} doubled, {len(in_lines)} bad or odd ones as lines among them, "
        f"{len(alone)} alone ({sum(options(case) is None for case in alone)} of them by pika); sent in {sent:.1f} s, "
        f"at rest after {rested:.1f} s, {len(wanted)} notices heard"
    )


def assert_counted(told: dict[str, Any], odd: int, doubled: int, parked: int) -> None:
    """Count in the summary all that was sent, and nothing else."""
    assert told["applications"] == CARDS + odd
    assert {state: count for state, count in told["states"].items() if count} == {"collected": CARDS, "recorded": odd}
    outcomes = {"applied": 5 * CARDS + odd, "repeated": doubled, "held": 0, "superseded": 0, "parked": parked}
    assert told["events"] == outcomes
    assert told["outbox"] == {"pending": 0}


def assert_heard(notices: list[dict[str, Any]], wanted: set[str], histories: list[History]) -> None:
    """Each notice came; those of one card are numbered 1 to 5 in the order of their coming."""
    assert {notice["id"] for notice in notices} == wanted
    firsts: dict[str, dict[str, Any]] = {}
    for notice in notices:
        firsts.setdefault(notice["id"], notice)
    numbers: dict[str, list[int]] = {}
    for notice in firsts.values():
        numbers.setdefault(notice["subject"], []).append(int(notice["sequence"]))
    for history in histories:
        assert numbers[str(history.application)] == [1, 2, 3, 4, 5]
    names = [notice["type"] for notice in firsts.values() if notice["subject"] == str(histories[0].application)]
    steps = ("recorded", "verified", "allocated", "printed", "collected")
    assert names == [f"id.ektp.application-{step}.v1" for step in steps]
