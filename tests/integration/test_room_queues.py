"""The queues in words: what is known is said, what is not is said to be unknown, and never to be nothing."""

import re
from collections.abc import Mapping
from typing import Final

import pytest

from consumers.outcome import OutcomeKind
from ektp.bootstrap import Parts
from ektp.reading.queues import sights
from ektp.reading.snapshot import snapshot
from ektp.storage.alerts.watch import PostgresAlertWatch
from ektp.storage.engine import transaction
from tests.histories import happy
from tests.plain_time import PLAIN
from tests.web_client import WebClient
from workflows.watch import Limits

LOOK: Final = """
insert into queue_looks (queue, looked, ready, consumers, came, went, again)
values (%s, now() - %s * interval '1 second', %s, %s, %s, %s, %s)
"""
_SENTENCE: Final = re.compile(r'<li id="ektp.intake">([^<]*)<')


def looked(parts: Parts, *looks: tuple[int, int, int, int | None, int | None, int | None]) -> None:
    """Write what the watch saw of the intake: seconds ago, ready, consumers, came, went, delivered again."""
    with transaction(parts.engine) as connection:
        for ago, *rest in looks:
            connection.execute(LOOK, ["ektp.intake", ago, *rest])


def sentence(web: WebClient, language: str = "en") -> str:
    """Return what is said of the intake."""
    found = _SENTENCE.search(web.get("/queues/now", accept_language=language).text)
    return found[1].strip() if found else "nothing"


def test_before_anybody_looked_nothing_is_known(web: WebClient) -> None:
    """It says so, and whom to start; the outbox is ours and known."""
    page = web.get("/queues", accept_language="en").text
    assert "Nobody has looked at the broker&#39;s queues yet" in page
    assert "How many workers there are is unknown." in page
    assert "There is no relay: start ektp relay." in page
    assert "Nothing was scheduled yet: start ektp beat." in page
    assert "Outbox: 0 waiting, 0 written in the last minute, 0 left in the last minute." in page
    assert "There was no event in the last minute: unknown." in page


@pytest.mark.parametrize(
    ("looks", "english", "indonesian"),
    [
        (
            [(60, 1692, 1, 0, 0, 0), (0, 312, 1, 60, 1440, 2)],
            (
                "Intake: 312 waiting, 24 a second out, 1 a second in, empty in about 14 s, read by 1,"
                " 2 delivered again in the last 60 s, age of the oldest unknown."
            ),
            (
                "Penerimaan: 312 menunggu, 24 per detik keluar, 1 per detik masuk, habis kira-kira dalam 14 detik,"
                " dibaca oleh 1, 2 dikirim ulang dalam 60 detik terakhir, umur yang tertua tidak diketahui."
            ),
        ),
        (
            [(0, 5, 0, None, None, None)],
            (
                "Intake: 5 waiting, rate out unknown, rate in unknown, when it is empty is unknown, nobody reads it,"
                " deliveries again unknown, age of the oldest unknown."
            ),
            (
                "Penerimaan: 5 menunggu, laju keluar tidak diketahui, laju masuk tidak diketahui,"
                " belum diketahui kapan habis, tidak ada yang membaca, jumlah kirim ulang tidak diketahui,"
                " umur yang tertua tidak diketahui."
            ),
        ),
        (
            [(30, 0, 2, 10, 10, 0), (0, 0, 2, 10, 10, 0)],
            "Intake: 0 waiting, 0 a second out, 0 a second in, read by 2.",
            "Penerimaan: 0 menunggu, 0 per detik keluar, 0 per detik masuk, dibaca oleh 2.",
        ),
        # A broker that was started anew counts from nothing: a rate below nothing is none.
        (
            [(30, 5, 1, 900, 900, 9), (0, 5, 1, 10, 5, 0)],
            (
                "Intake: 5 waiting, rate out unknown, rate in unknown, it does not get shorter, read by 1,"
                " deliveries again unknown, age of the oldest unknown."
            ),
            None,
        ),
    ],
)
def test_a_queue_is_a_sentence(
    parts: Parts, web: WebClient, looks: list[tuple[int, int, int, int | None, int | None, int | None]], english: str,
    indonesian: str | None,
) -> None:  # fmt: skip
    """In either language; with what two looks tell, and what one does not."""
    looked(parts, *looks)
    assert sentence(web) == english
    assert indonesian is None or sentence(web, "id") == indonesian


def test_a_look_that_is_old_says_so(parts: Parts, web: WebClient) -> None:
    """What is seen may no longer be so."""
    looked(parts, (300, 1, 1, None, None, None))
    page = web.get("/queues", accept_language="en").text
    assert "Seen by the watch 5 min ago. Nobody has looked since" in page


def test_the_watch_keeps_its_looks_for_a_while(parts: Parts) -> None:
    """What the broker counts with them, where it does; what is older than a quarter of an hour goes."""
    looked(parts, (1000, 1, 1, None, None, None))
    depths: Mapping[str, tuple[int, int]] = {"ektp.intake": (7, 1), "ektp.steps": (0, 2)}
    watch = PostgresAlertWatch(
        parts.engine, PLAIN, Limits(), lambda _: True, lambda: depths, lambda: {"ektp.intake": (9, 2, 1)}
    )
    watch.watch()
    watch.watch()
    with snapshot(parts.engine) as connection:
        seen = sights(connection)
    assert (seen["ektp.intake"].ready, seen["ektp.intake"].came, seen["ektp.intake"].again) == (7, 0.0, 0)
    assert (seen["ektp.steps"].consumers, seen["ektp.steps"].came, seen["ektp.steps"].went) == (2, None, None)
    with transaction(parts.engine) as connection_:
        assert connection_.execute(
            "select count(*) from queue_looks where looked < now() - interval '15 min'"
        ).fetchone() == (0,)


def test_what_took_how_long_is_told_of_the_last_minute(web: WebClient) -> None:
    """From the station's clock until it was written."""
    outcomes = web.batch(*happy().events).outcomes
    assert {kind for kind, _ in outcomes} == {OutcomeKind.APPLIED}
    page = web.get("/queues/now", accept_language="en").text
    assert re.search(r"Of 5 events of the last minute half were known within \d+(\.\d)? s, 95 % within", page)
    assert "Outbox: 6 waiting, the oldest for" in page
