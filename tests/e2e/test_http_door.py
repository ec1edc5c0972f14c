"""Bad input at the HTTP door: the reason of the other doors, kept, the next good event at once, nobody told."""

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from urllib.parse import quote

import pytest

from ektp.web.door.batch import BATCH_TYPE
from ektp.web.problems import status_of
from tests.bad_inputs import BadInput
from tests.conftest import Eventually
from tests.e2e.accounts import rows, violations
from tests.e2e.canary import dumped, leaks, planted_in
from tests.e2e.conftest import Figures
from tests.e2e.pipeline import EKTP, Pipeline
from tests.e2e.test_doors import AT_ONCE, CASES, good, id_of
from tests.web_client import Reply, WebClient

# Routing keys are a matter of AMQP; and here a batch may come.
HERE = tuple(case for case in CASES if case.kind != "B35" and case.content_type != BATCH_TYPE)


@pytest.fixture
def web(pipeline: Pipeline, tmp_path: Path, eventually: Eventually) -> Iterator[WebClient]:
    """Give a client of `ektp web`, a process of its own."""
    call = [*EKTP, "web", "--port", "0"]
    pipeline.start_foreign("web", call, pipeline.environment, tmp_path / "web.out")
    said = eventually(lambda: re.search(rb"serving (http://\S+)", pipeline["web"].log.read_bytes()), 30)
    assert said is not None
    client = WebClient(said[1].decode())
    eventually(lambda: client.get("/readyz").status == 200, 20)
    client.token = (tmp_path / "home" / "token").read_text().strip()
    yield client
    assert pipeline["web"].stop() == 0


def sent(web: WebClient, case: BadInput) -> Reply:
    """Send a case as HTTP has it: attributes percent-encoded; what is a list in AMQP comes twice."""
    headers: list[tuple[str, str]] = []
    for name, value in case.headers.items():
        if name.lower().startswith("ce-"):
            several = [*value, *value] if isinstance(value, list) else [value]
            headers += [(name, quote(str(one), safe="/:+-._~@!$&'()*,;=#[]?")) for one in several]
    if (encoding := case.properties.get("content_encoding")) is not None:
        headers.append(("Content-Encoding", encoding))
    return web.send(case.body, case.content_type, headers)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_every_bad_event_has_the_reason_of_the_other_doors_and_the_next_is_taken_at_once(
    pipeline: Pipeline, web: WebClient, figures: Figures
) -> None:
    """Through `POST /events`: a problem with the status of its reason, kept in parked; the next within a second."""
    replies, taken = list[Reply](), list[float]()
    for number, case in enumerate(HERE):
        replies.append(sent(web, case))
        began = time.monotonic()
        assert web.post(good(420_000 + number)[1]).outcomes == [("applied", None)]
        taken.append(time.monotonic() - began)

    told = [(case.name, reply.status, reply.json.get("reason")) for case, reply in zip(HERE, replies, strict=True)]
    assert told == [
        (case.name, 202, None) if case.expected == "accepted" else (case.name, status_of(case.expected), case.expected)
        for case in HERE
    ]
    bad = [case for case in HERE if case.expected != "accepted"]
    assert Counter(one["reason"] for one in web.parked()) == Counter(str(case.expected) for case in bad)
    applied = {row[0] for row in rows(pipeline, "select id from history where outcome = 'applied'")}
    assert [case.name for case in HERE if case.expected == "accepted" and id_of(case) not in applied] == []
    assert {one["type"] for one in (reply.json for reply in replies) if "type" in one} <= {
        f"urn:ektp:problem:{case.expected}" for case in bad
    }
    assert violations(pipeline) == {}
    figures(
        f"doors: {len(HERE)} requests, {len(bad)} parked; the next good event was applied after "
        f"{median(taken):.3f} s (median), {max(taken):.3f} s (longest)"
    )
    assert max(taken) < AT_ONCE
    assert_nobody_told(pipeline, web, replies)


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_in_a_batch_each_bad_event_has_its_reason_and_spoils_nothing(pipeline: Pipeline, web: WebClient) -> None:
    """Those that can stand in a list, with a good one behind each; sent again, all are repeated."""
    items, expected = list[bytes](), list[tuple[str, str | None]]()
    in_lists = [case for case in HERE if not case.headers and case.kind not in {"B2", "B4", "B5", "B7", "B33"}]
    for number, case in enumerate(in_lists):
        if len(case.body) < 100_000:
            items += [case.body, good(430_000 + number)[1]]
            reason = None if case.expected == "accepted" else str(case.expected)
            expected += [("parked" if reason else "applied", reason), ("applied", None)]
    assert len(items) > 200
    for outcomes in (expected, [("repeated", None)] * len(expected)):
        found = [one for at in range(0, len(items), 40) for one in web.post(
            b"[" + b",\n".join(items[at : at + 40]) + b"]", content_type=BATCH_TYPE).outcomes]  # fmt: skip
        assert found == outcomes
    assert violations(pipeline) == {}


def assert_nobody_told(pipeline: Pipeline, web: WebClient, replies: list[Reply]) -> None:
    """No canary in any answer, page, measure, log or table."""
    canaries = planted_in(HERE)
    texts = {f"answer {at}": reply.body + repr(reply.headers).encode() for at, reply in enumerate(replies)}
    for path in ("/", "/board", "/metrics", "/api/v1/applications?limit=200", "/openapi.json"):
        answer = web.get(path)
        assert answer.status == 200
        texts[path] = answer.body
    texts["parked"] = json.dumps(web.parked(), ensure_ascii=False).encode()
    texts |= pipeline.outputs() | {f"table {name}": text for name, text in dumped(pipeline.database_url).items()}
    assert {"table persons", "table parked", "web"} <= set(texts)
    assert leaks(texts, canaries) == []
