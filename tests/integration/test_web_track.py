"""The resident's page: the right PIN tells how far the card has come, anything else tells nothing at all."""

import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest

from ektp.bootstrap import Parts
from ektp.letters.dates import long_date
from ektp.reading.audit import Asked, audit_rows
from ektp.reading.snapshot import snapshot
from ektp.reading.tracking import typed_resi
from ektp.residents.contacts import stopped
from ektp.storage.secrets.vault import Vault
from ektp.web.public.tickets import Tickets
from ektp.web.public.tracking import LEAST, network_of
from tests.conftest import BUSY, Eventually
from tests.histories import History, happy
from tests.outreach_town import OutreachTown
from tests.web_client import Reply, WebClient, parts_on, served
from workflows.resi import resi_of
from workflows.visits import Booked

WRONG = "The code and the PIN do not match."


@pytest.fixture
def missed() -> list[str]:
    """Give where resis are noted that never reached us."""
    return []


@pytest.fixture
def web(parts: Parts, missed: list[str]) -> Iterator[WebClient]:
    """Give a client of a server that is up."""
    with served(parts, never_arrived=missed.append) as client:
        yield client


def follow(web: WebClient, resi: str, pin: str, language: str = "en") -> Reply:
    """Send the form as a browser does."""
    return posted(web, "/track", {"resi": resi, "pin": pin}, language)


def posted(web: WebClient, path: str, form: Mapping[str, str], language: str = "en") -> Reply:
    """Post a form."""
    kind = "application/x-www-form-urlencoded"
    body = urlencode(form).encode()
    return web.ask("POST", path, body, authorization=None, content_type=kind, accept_language=language)


def receipt(web: WebClient, history: History) -> tuple[str, str]:
    """Return resi and PIN as a counter gives them."""
    told = web.ask("POST", f"/api/v1/applications/{history.application}/resi").json
    return told["resi"], told["pin"]


def cell(reply: Reply, name: str) -> str:
    """Return what the page shows under a name."""
    found = re.search(rf'id="{name}">([^<]*)<', reply.text)
    assert found is not None, reply.text
    return found[1]


@pytest.mark.slow
def test_the_right_pin_tells_how_far_the_card_has_come_and_nobody_who_it_is(web: WebClient) -> None:
    """State, whose move, must I come, what to bring, until when: in two languages, however the resi was typed."""
    history = History().recorded()
    web.batch(*history.events)
    resi, pin = receipt(web, history)
    for typed in (resi, resi.lower(), resi.replace("-", " "), f" {resi.replace('0', 'O').replace('1', 'l')} "):
        answer = follow(web, typed, f"{pin[:3]} {pin[3:]}")
        assert (answer.status, cell(answer, "come"), cell(answer, "state")) == (200, "No", "recorded")
    answer = follow(web, resi, pin)
    assert cell(answer, "whose-move") == "the national data centre: it has to check your recording"
    assert re.fullmatch(r"\d{1,2} [A-Z][a-z]+ \d{4}", cell(answer, "due"))
    assert history.nik not in answer.text
    assert pin not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "Anda tidak perlu datang" in follow(web, resi, pin, "id").text
    web.batch(*history.verified().allocated().printed().events)
    printed = follow(web, resi, pin)
    assert (cell(printed, "come"), cell(printed, "whose-move")) == ("Yes", "you")
    assert cell(printed, "bring") == "the receipt; the letter (suket), if you were given one"
    assert 'id="due"' not in printed.text
    web.batch(*history.collected().events)
    assert 'id="whose-move"' not in follow(web, resi, pin).text


@pytest.mark.slow
def test_a_wrong_pin_and_a_resi_that_is_nobodys_are_answered_alike(
    web: WebClient, missed: list[str], eventually: Eventually
) -> None:
    """In the same words and the same time, also once the PIN is locked; only of the latter somebody is told."""
    history = happy()
    web.batch(*history.events)
    resi, pin = receipt(web, history)
    wrong = f"{(int(pin) + 1) % 10**6:06d}"
    unknown = resi_of(uuid4())
    taken: dict[str, list[float]] = {resi: [], unknown: []}
    pages = set[str]()
    for _ in range(6):
        for one, times in taken.items():
            began = time.monotonic()
            answer = follow(web, one, wrong)
            times.append(time.monotonic() - began)
            assert answer.status == 403
            pages.add(answer.text.replace(one, ""))
    assert len(pages) == 1
    assert WRONG in pages.pop()
    assert min(taken[resi] + taken[unknown]) >= LEAST
    assert abs(min(taken[resi]) - min(taken[unknown])) < 0.05
    locked = follow(web, resi, pin)
    assert (locked.status, WRONG in locked.text) == (403, True)
    eventually(lambda: len(missed) == 6)
    assert set(missed) == {unknown}


def again(web: WebClient, page: Reply, **asked: str) -> Reply:
    """Press a button of the page that is shown."""
    ticket = re.search(r'name="ticket" value="([^"]+)"', page.text)
    assert ticket is not None, page.text
    return posted(web, "/track/again", {"ticket": ticket[1], **asked})


def test_the_way_says_what_is_done_now_and_next(web: WebClient) -> None:
    """With the dates of what was, until it is over; whoever failed nobody is told is not hidden."""
    history = History().recorded().failed("ENROLL_FAILURE_AT_CENTRAL")
    web.batch(*history.events)
    resi, pin = receipt(web, history)
    steps = re.findall(r'<li class="(\w+)".*?</span> ([^<]+?)(?: <span|</li>)', follow(web, resi, pin).text)
    assert [when for when, _ in steps] == ["done", "now", *["next"] * 6]
    assert steps[1][1] == "The recording is damaged, the centre has to delete it"
    assert steps[2][1] == "You are invited to be recorded again"
    answer = follow(web, resi, pin)
    assert cell(answer, "when").startswith("Nobody can name a date now: a fault")
    assert cell(answer, "promise").startswith("Promised: not later than ")
    assert "Open: Monday to Friday 08.00-15.00." in answer.text
    assert "Kota Semarang" in answer.text


def test_the_page_is_seen_again_without_the_pin(web: WebClient, parts: Parts) -> None:
    """In another language, which this browser keeps; a ticket that is over or made up shows nothing."""
    history = History().recorded()
    web.batch(*history.events)
    resi, pin = receipt(web, history)
    page = follow(web, resi, pin)
    other = again(web, page, language="id")
    assert (other.status, "Anda tidak perlu datang" in other.text) == (200, True)
    assert "ektp-language=id" in other.headers["set-cookie"]
    assert 'name="messages" value="stop"' in other.text
    old = Tickets(lambda: parts.vault, clock=lambda: time.time() - 1801).made(history.application)
    for ticket in (old, Tickets(lambda: Vault(b"x" * 32, b"y" * 32)).made(history.application), "", "x", "\u00e4"):
        answer = posted(web, "/track/again", {"ticket": ticket})
        assert (answer.status, "open for too long" in answer.text, resi in answer.text) == (403, True, False)


def test_messages_are_stopped_and_sent_again_on_the_page(web: WebClient, parts: Parts) -> None:
    """By whoever has resi and PIN, and the audit knows."""
    history = History().recorded()
    web.batch(*history.events)
    page = follow(web, *receipt(web, history))
    assert "You get a message when something changes." in page.text
    assert "Messages were stopped as you asked." in again(web, page, messages="stop").text
    assert wants_none(parts, history.application)
    assert "You get a message" in again(web, page, messages="resume").text
    assert not wants_none(parts, history.application)
    with snapshot(parts.engine) as connection:
        noted = list(audit_rows(connection, Asked(actor="resident", about=str(history.application))))
    assert [one["what"] for one in noted] == ["messages-resumed", "messages-stopped"]


def wants_none(parts: Parts, application: UUID) -> bool:
    """Tell whether a resident gets no messages."""
    with snapshot(parts.engine) as connection:
        return stopped(connection, application)


def promised(town: OutreachTown) -> Booked:
    """Promise the one visit that is proposed as soon as somebody asks for whom one is enough."""
    town.asks("disabled")
    town.plan()
    (visit,) = town.visits("proposed")
    assert town.promise(visit).outcome == "applied"
    return visit


def test_a_visit_to_come_is_shown_until_it_is_called_off(web: WebClient, parts: Parts) -> None:
    """When and where, as it was announced."""
    town = OutreachTown(parts)
    history = town.must_come_again()
    visit = promised(town)
    resi, pin = receipt(web, history)
    day = long_date(visit.day, "en")
    assert cell(follow(web, resi, pin), "visit") == (
        f"{day} at 08.00, Sendangmulyo, Kecamatan Tembalang. Please come there, not to the office."
    )
    assert town.say("visit-cancelled", visit.id, office=visit.office, because="jalan putus").outcome == "applied"
    assert 'id="visit"' not in follow(web, resi, pin).text


def test_who_has_fetched_the_card_is_not_told_to_wait_for_a_visit(web: WebClient, parts: Parts) -> None:
    """The kit has them on its list still, and nobody is to come any more."""
    town = OutreachTown(parts)
    history = town.has_a_card()
    promised(town)
    resi, pin = receipt(web, history)
    assert 'id="visit"' in follow(web, resi, pin).text
    town.tell(*history.collected().submissions()[-1:])
    assert 'id="visit"' not in follow(web, resi, pin).text


def test_what_cannot_be_a_resi_or_a_pin_is_said_at_once(web: WebClient, missed: list[str]) -> None:
    """Nothing is looked up, nobody is told, and nothing that was typed comes back but a resi."""
    began = time.monotonic()
    good = "ABCD-EFGH-JKMN"
    typed = (("", ""), ("3374106508990001", "123456"), ("U" * 12, "123456"), (good, "12345"), (good, "12345\u0663"))
    for resi, pin in typed:
        answer = follow(web, resi, pin)
        assert (answer.status, "12 letters and digits" in answer.text) == (422, True)
        assert "3374106508990001" not in answer.text
    assert time.monotonic() - began < 1 + BUSY
    assert missed == []


def test_the_form_is_filled_in_from_the_qr_code(web: WebClient) -> None:
    """With a resi and nothing else."""
    for given, shown in (("b3k7-q9rt-2xyz", "B3K7-Q9RT-2XYZ"), ('"><script>', ""), ("3374106508990001", "")):
        answer = web.get(f"/track?{urlencode({'resi': given})}", authorization=None)
        assert (answer.status, f'name="resi" value="{shown}"' in answer.text) == (200, True)


@pytest.mark.slow
def test_a_resi_and_an_address_can_be_tried_so_often(web: WebClient) -> None:
    """Twenty times a resi, thirty an address; then 429 for a while, whether there is such a resi or not."""
    resi = resi_of(uuid4())
    with ThreadPoolExecutor(8) as crowd:
        statuses = Counter(answer.status for answer in crowd.map(lambda _: follow(web, resi, "123456"), range(21)))
        assert statuses == {403: 20, 429: 1}
        answer = follow(web, resi, "123456")
        assert (answer.status, answer.headers["retry-after"]) == (429, "60")
        others = [answer.status for answer in crowd.map(lambda _: follow(web, resi_of(uuid4()), "123456"), range(16))]
    assert {403, 429} == set(others)


def test_it_says_so_while_the_store_is_away(tmp_path: Path) -> None:
    """503, and no name of a server."""
    with parts_on("postgresql://somebody:secret@127.0.0.1:1/ektp", tmp_path) as parts, served(parts) as web:
        answer = follow(web, resi_of(uuid4()), "123456")
        assert (answer.status, "secret" in answer.text) == (503, False)


def test_a_resi_is_read_as_it_was_meant() -> None:
    """The letters that are misread for digits; of an IPv6 address the network counts."""
    assert typed_resi("o0il-abcd-efgh") == "0011-ABCD-EFGH"
    assert [typed_resi(text) for text in ("", "A" * 11, "A" * 13, "ÄBCD-EFGH-JKMN", "U" * 12)] == [None] * 5
    assert network_of("2001:db8::1") == network_of("2001:db8::2") != network_of("2001:db9::1")
    assert network_of("192.0.2.1") == "192.0.2.1"
    assert network_of("") == ""
