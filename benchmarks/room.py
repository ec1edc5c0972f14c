"""Every page over a regency: how long it takes at the server, and whether the board's counts are true."""

import argparse
import logging
import re
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from pydantic import SecretStr
from sqlalchemy import text

from benchmarks.downstream import add_downstream
from benchmarks.kudus import Kudus
from benchmarks.walking import INSIDE, OUTSIDE, Answer, Kind, Walker, page_routes
from ektp.bootstrap import Parts
from ektp.logs import configure
from ektp.reading.board import board
from ektp.reading.snapshot import snapshot
from ektp.storage.migrate import upgrade
from ektp.verification.conservation import counts_are_conserved
from ektp.web.public.tracking import LEAST
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
_TICKET: Final = re.compile(r'name="ticket" value="([^"]+)"')
_REFUSING: Final = frozenset({"/verify/{code}"})  # of a code that is nobody's
FOLLOWED: Final = Kind("/track", ("POST",))
AGAIN: Final = Kind("/track/again", ("POST",))
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
                pins = fill(parts, given.applications, given.parked)
                print(f"PostgreSQL {postgres.version}, {given}", flush=True)
                faults = [*untrue(parts), *looked_at(pipeline, pins, given.times)]
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


def fill(parts: Parts, applications: int, parked: int) -> dict[str, str]:
    """Make Kudus, and one person of each role; one is there for a kecamatan only. Return PINs of residents by resi."""
    kudus, began = Kudus(parts), time.monotonic()
    kudus.live(datetime.now(UTC) - timedelta(hours=1))
    kudus.grow(applications)
    kudus.park(parked)
    kudus.furnish(acts=20_000, alerts=10_000)
    pins = add_downstream(parts)
    kudus.settle()
    for role in Role:
        added(parts, role.value, role.value)
    added(parts, OF_ONE_OFFICE, Role.OPERATOR.value, office=kudus.offices[0])
    print(f"filled in {time.monotonic() - began:.0f} s")
    return pins


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


def looked_at(pipeline: Pipeline, pins: Mapping[str, str], times: int) -> Iterator[str]:
    """Walk through the pages as everybody, time what they find, print it; yield what is wrong."""
    looks, web = Looks(), WebClient(served(pipeline))
    for name in (*Role, OF_ONE_OFFICE):
        visitor = Visitor(web)
        visitor.sign_in(name)
        yield from looks.walk(name, Walker(web, INSIDE, f"{visitor.name}={visitor.cookie}"), times)
    yield from looks.walk("nobody", Walker(web, OUTSIDE), times)
    yield from looks.follow(Walker(web, OUTSIDE), pins, times)
    yield from looks.told()
    yield from re.findall(r".*request-failed.*", pipeline["web"].log.read_text())
    for path in sorted({*page_routes()} - {kind.route for kind in looks.took}):
        yield f"nobody was led to {path}"


class Looks:
    """How long each kind of address took, in seconds."""

    def __init__(self) -> None:
        self.took = defaultdict[Kind, list[float]](list)
        self._files: set[Kind] = set()

    def walk(self, name: str, walker: Walker, times: int) -> Iterator[str]:
        """Ask for everything that somebody is led to; yield what was answered with an error."""
        ways = [(kind, way) for kind, found in walker.walk().items() for way in found]
        for kind, way in ways * times:
            answer = self._ask(kind, walker, way)
            if answer.status >= _WRONG and not (name == "nobody" and kind.route in _REFUSING):
                yield f"{way} answers {name} with {answer.status}"

    def follow(self, walker: Walker, pins: Mapping[str, str], times: int) -> Iterator[str]:
        """Follow applications with resi and PIN, and look again by the ticket; yield what was refused."""
        for resi, pin in pins.items():
            answer = self._ask(FOLLOWED, walker, "/track", {"resi": resi, "pin": pin})
            ticket = _TICKET.search(answer.body)
            if ticket is None:
                yield f"/track answers {answer.status} to a resident"
                continue
            for _ in range(times):
                answer = self._ask(AGAIN, walker, "/track/again", {"ticket": ticket[1]})
                if answer.status >= _WRONG:
                    yield f"/track/again answers {answer.status}"

    def told(self) -> Iterator[str]:
        """Print the median and the 95th percentile of each; yield what is too slow."""
        for kind, seconds in sorted(self.took.items()):
            p95 = statistics.quantiles(seconds, n=20)[-1]
            what = f"{kind}, until the file begins" if kind in self._files else str(kind)
            median = 1000 * statistics.median(seconds)
            print(f"{median:6.1f} ms, p95 {1000 * p95:6.1f} ms, {len(seconds):>4} times: {what}")
            longest = LEAST + LONGEST if kind == FOLLOWED else LONGEST
            if p95 > longest and kind not in self._files:
                yield f"{kind} takes {1000 * p95:.0f} ms"

    def _ask(self, kind: Kind, walker: Walker, way: str, form: Mapping[str, str] | None = None) -> Answer:
        began = time.perf_counter()
        answer = walker.ask(way, None if form is None else urlencode(form))
        if not answer.leads_on:  # to where one signs in
            self.took[kind].append(time.perf_counter() - began)
        self._files |= {kind} if answer.is_file else set()
        return answer


def served(pipeline: Pipeline) -> str:
    """Start the web as a process and return its address."""
    output = Path(pipeline.environment["EKTP_HOME"]).parent / "web.out"
    web = pipeline.start_foreign("web", [*EKTP, "web", "--port", "0"], pipeline.environment, output)
    pause(_START, unless=lambda: bool(_SERVING.search(web.log.read_bytes())))
    found = _SERVING.search(web.log.read_bytes())
    assert found is not None, pipeline.tails()
    return found[1].decode()
