"""The operators' room over a regency: how long every page takes at the server, and whether its counts are true."""

import argparse
import logging
import re
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from pydantic import SecretStr
from sqlalchemy import text

from benchmarks.kudus import Kudus
from benchmarks.walking import Kind, Walker, page_routes
from ektp.bootstrap import Parts
from ektp.logs import configure
from ektp.reading.board import board
from ektp.reading.snapshot import snapshot
from ektp.storage.migrate import upgrade
from ektp.verification.conservation import counts_are_conserved
from tests.e2e.pipeline import EKTP, Pipeline, pause
from tests.servers.postgres import PrivatePostgres
from tests.visitor import Visitor, added
from tests.web_client import WebClient, parts_on
from workflows.permissions import Role

LONGEST: Final = 0.1  # seconds, of nineteen in twenty
OF_ONE_OFFICE: Final = "kecamatan"  #: The name of who is there for a single kecamatan.
_START: Final = 30  # seconds
_WRONG: Final = 400
_SERVING: Final = re.compile(rb"serving (http://\S+)")
_COUNTED: Final = text("select state, count(*) from applications group by state")


def main(arguments: Sequence[str]) -> int:
    """Print each page's median and p95; exit 1 where one is too slow, answers with an error, or was not reached."""
    options = argparse.ArgumentParser("benchmarks room")
    options.add_argument("--applications", type=int, default=600_000)
    options.add_argument("--parked", type=int, default=100_000)
    options.add_argument("--times", type=int, default=20, help="each address is asked for, by each who may")
    given = options.parse_args(arguments)
    configure(None, level=logging.ERROR)
    postgres = PrivatePostgres(durable=False).start()
    try:
        with postgres.database() as url, tempfile.TemporaryDirectory() as folder:
            upgrade(url)
            with closing(Pipeline(Path(folder), "", url)) as pipeline, parts_of(pipeline) as parts:
                fill(parts, given.applications, given.parked)
                print(f"PostgreSQL {postgres.version}, {given}", flush=True)
                faults = [*untrue(parts), *looked_at(pipeline, given.times)]
    finally:
        postgres.remove()
    for fault in dict.fromkeys(faults):
        print(fault)
    return 1 if faults else 0


@contextmanager
def parts_of(pipeline: Pipeline) -> Iterator[Parts]:
    """Give the parts of a process like those of the pipeline."""
    known = pipeline.environment
    names = ("secret_key", "nik_key", "audit_key")
    keys = {name: SecretStr(known[f"EKTP_{name.upper()}"]) for name in names}
    with parts_on(pipeline.database_url, Path(known["EKTP_HOME"]), **keys) as parts:
        yield parts


def fill(parts: Parts, applications: int, parked: int) -> None:
    """Make Kudus, and one person of each role; one is there for a kecamatan only."""
    kudus, began = Kudus(parts), time.monotonic()
    kudus.live(datetime.now(UTC) - timedelta(hours=1))
    kudus.grow(applications)
    kudus.park(parked)
    kudus.furnish(acts=20_000, alerts=10_000)
    kudus.settle()
    for role in Role:
        added(parts, role.value, role.value)
    added(parts, OF_ONE_OFFICE, Role.OPERATOR.value, office=kudus.offices[0])
    print(f"filled in {time.monotonic() - began:.0f} s")


def untrue(parts: Parts) -> Iterator[str]:
    """Yield what the board counts otherwise than the rows are, in one snapshot."""
    with snapshot(parts.engine) as connection:
        shown = {state: count for state, count in board(connection)["states"].items() if count}
        there = {row.state: row.count for row in connection.execute(_COUNTED)}
        (found,) = counts_are_conserved(connection, lambda _rows: None)
    print(f"the board's counts: {shown}; {found.checked} counts compared, {found.violations} differ")
    if shown != there:
        yield f"the board shows {shown}, there are {there}"
    yield from found.examples


def looked_at(pipeline: Pipeline, times: int) -> Iterator[str]:
    """Walk through the room as everybody, time what they find, print it; yield what is wrong."""
    took, files = dict[Kind, list[float]](), set[Kind]()
    address = served(pipeline)
    for name in (*Role, OF_ONE_OFFICE):
        visitor = Visitor(WebClient(address))
        visitor.sign_in(name)
        walker = Walker(visitor.web, f"{visitor.name}={visitor.cookie}")
        ways = [(kind, way) for kind, found in walker.walk().items() for way in found]
        for kind, way in ways * times:
            began = time.perf_counter()
            answer = walker.ask(way)
            took.setdefault(kind, []).append(time.perf_counter() - began)
            files |= {kind} if answer.is_file else set()
            if answer.status >= _WRONG:
                yield f"{way} answers {name} with {answer.status}"
    for kind, seconds in sorted(took.items()):
        p95 = statistics.quantiles(seconds, n=20)[-1]
        what = f"{kind}, until the file begins" if kind in files else str(kind)
        print(f"{1000 * statistics.median(seconds):6.1f} ms, p95 {1000 * p95:6.1f} ms, {len(seconds):>4} times: {what}")
        if p95 > LONGEST and kind not in files:
            yield f"{kind} takes {1000 * p95:.0f} ms"
    yield from re.findall(r".*request-failed.*", pipeline["web"].log.read_text())
    for path in sorted({*page_routes()} - {kind.route for kind in took}):
        yield f"nobody was led to {path}"


def served(pipeline: Pipeline) -> str:
    """Start the web as a process and return its address."""
    output = Path(pipeline.environment["EKTP_HOME"]).parent / "web.out"
    web = pipeline.start_foreign("web", [*EKTP, "web", "--port", "0"], pipeline.environment, output)
    pause(_START, unless=lambda: bool(_SERVING.search(web.log.read_bytes())))
    found = _SERVING.search(web.log.read_bytes())
    assert found is not None, pipeline.tails()
    return found[1].decode()
