"""Letters on paper and on the page: what the QR leads to, who may know what, the receipt and its PIN."""

import json
import stat
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Engine, text

from consumers.journal import Journal
from consumers.timekeeper import Timekeeper
from ektp.bootstrap import Parts
from ektp.config.timekeeping import timekeeper_on
from ektp.letters.errors import NotInForce
from ektp.storage.secrets.pins import Checked, check_pin, new_pin
from ektp.storage.secrets.vault import Vault
from ektp.storage.simulated_clock import set_simulated_now
from tests.command_line import CommandLine
from tests.histories import History, said
from tests.papers import read_paper
from tests.plain_time import PLAIN
from tests.waiting_store import FRIDAY, waited
from tests.web_client import WebClient, parts_on, served

VAULT = Vault(b"s" * 32, b"n" * 32)


@pytest.fixture
def parts(database_url: str, tmp_path: Path) -> Iterator[Parts]:
    """Give the parts of a web process."""
    with parts_on(database_url, tmp_path / "home") as made:
        yield made


@pytest.fixture
def letter(parts: Parts) -> tuple[History, str, str]:
    """Give somebody with a letter: number and code."""
    journal = parts.journal()
    (one,) = waited(parts.engine, journal, timekeeper_on(parts.engine, lambda: journal, PLAIN))
    with parts.engine.connect() as connection:
        number, code = connection.execute(text("select number, code from suket")).one()
    return one, number, code


def test_the_letter_names_its_owner_and_its_code_leads_to_the_page(
    parts: Parts, letter: tuple[History, str, str]
) -> None:
    """Which says that it holds, and of the owner the first letters only."""
    one, number, code = letter
    words, codes = read_paper(parts.letters.suket_pdf(number, "Contoh"))
    assert number in words
    assert one.nik in words
    assert f"Contoh {one.number}" in words
    assert "13 Februari 2026 sampai dengan 13 Agustus 2026" in words
    assert codes == [f"http://127.0.0.1:8374/verify/{code}"]
    with served(parts) as web:
        page = web.get(codes[0].removeprefix("http://127.0.0.1:8374"), authorization=None, accept_language="en")
    assert page.status == 200
    for expected in (number, "genuine and valid", "Kecamatan Tembalang", "13 February 2026", "13 August 2026", "C***"):
        assert expected in page.text
    assert one.nik not in page.text
    assert f"Contoh {one.number}" not in page.text
    assert page.headers["x-robots-tag"] == "noindex"


def test_a_letter_that_is_void_is_not_printed_again(parts: Parts, letter: tuple[History, str, str]) -> None:
    """Whether its time is over or it was withdrawn; the reason is told."""
    one, number, _ = letter
    set_simulated_now(parts.engine, FRIDAY + timedelta(days=200))
    with pytest.raises(NotInForce, match="expired"):
        parts.letters.suket_pdf(number, "Contoh")
    parts.journal().apply([said(one.application, "print-requested", counter="counter1")])
    with pytest.raises(NotInForce, match="came-in-person"):
        parts.letters.suket_pdf(number, "Contoh")


def test_the_page_says_withdrawn_expired_and_unknown(parts: Parts, letter: tuple[History, str, str]) -> None:
    """In the reader's language, however the code was typed."""
    one, number, code = letter
    typed = f"{code[:4]}-{code[4:]}".lower()
    with served(parts) as web:
        set_simulated_now(parts.engine, FRIDAY + timedelta(days=200))
        assert "has expired" in web.get(f"/verify/{typed}", authorization=None, accept_language="en").text
        parts.journal().apply([said(one.application, "application-cancelled", because="moved-away")])
        withdrawn = web.get(f"/verify/{typed}", authorization=None, accept_language="id")
        assert "sudah ditarik" in withdrawn.text
        assert "1 September 2026" in withdrawn.text
        unknown = web.get("/verify/0000000000000000", authorization=None, accept_language="id")
    assert (unknown.status, "Tidak ada surat" in unknown.text) == (404, True)
    assert number in withdrawn.text


def test_an_address_asks_for_letters_only_so_often(web: WebClient) -> None:
    """Thirty at once, whether there is such a letter or not; then 429 for a while, in the reader's language."""
    answers = [web.get("/verify/0000000000000000", authorization=None, accept_language="en") for _ in range(40)]
    assert [answer.status for answer in answers[:30]] == [404] * 30
    assert (answers[-1].status, answers[-1].headers["retry-after"]) == (429, "60")
    assert "Too many tries" in answers[-1].text


def test_the_commands_list_show_and_print(ektp: CommandLine, letter: tuple[History, str, str], tmp_path: Path) -> None:
    """The PDF is for its owner's eyes; that it was written is logged without the person."""
    one, number, code = letter
    (listed,) = ektp.ask("suket", "list")
    assert (listed["number"], listed["standing"], listed["application"]) == (number, "valid", str(one.application))
    assert ektp.ask("suket", "list", "--office", "33.73") == []
    shown = ektp.ask("suket", "show", number)
    assert (shown["name"].split()[0], shown["verify"].endswith(code)) == ("C***", True)
    told = ektp.ask("show", one.application)
    assert told["suket"] == {"number": number, "until": "2026-08-13T08:00:00Z"}
    assert f"{number} until" in ektp("show", one.application).out
    written = tmp_path / "letter.pdf"
    answer = ektp("suket", "pdf", number, "-o", written, "--by", "Contoh Petugas")
    assert (answer.code, answer.out) == (0, "")
    line = json.loads(answer.err)
    assert (line["event"], line["suket"], line["by"]) == ("person-opened", number, "Contoh Petugas")
    assert one.nik not in answer.err
    assert one.nik in read_paper(written.read_bytes())[0]
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    missing = ektp("suket", "pdf", "471.13/000009/33.74.10/2026", "-o", written)
    assert (missing.code, "there is no suket" in missing.err) == (1, True)
    assert ektp("suket", "pdf", number, "-o", tmp_path / "no" / "such.pdf").code == 2


def test_a_receipt_has_a_new_pin_each_time(
    ektp: CommandLine, letter: tuple[History, str, str], parts: Parts, tmp_path: Path
) -> None:
    """At the keyboard and at the counter; the one before is void, and none is logged."""
    one, _, _ = letter
    first = ektp.ask("resi", one.application)
    assert check_pin(parts.engine, parts.vault, one.application, first["pin"]) is Checked.RIGHT
    paper = tmp_path / "resi.pdf"
    answer = ektp("resi", first["resi"], "-o", paper)
    words, codes = read_paper(paper.read_bytes())
    pin = answer.out.split("pin")[1].split()[0]
    assert pin in words
    assert pin not in answer.err
    assert codes == [f"http://127.0.0.1:8374/track?resi={first['resi']}"]
    with served(parts) as web:
        counter = web.ask("POST", f"/api/v1/applications/{one.application}/resi")
        assert (counter.status, counter.json["resi"]) == (200, first["resi"])
        assert counter.headers["cache-control"] == "no-store"
        assert check_pin(parts.engine, parts.vault, one.application, counter.json["pin"]) is Checked.RIGHT
        printed = web.ask("POST", f"/api/v1/applications/{first['resi']}/resi", None, accept="application/pdf")
        assert first["resi"] in read_paper(printed.body)[0]
        assert check_pin(parts.engine, parts.vault, one.application, counter.json["pin"]) is Checked.WRONG
        assert web.ask("POST", f"/api/v1/applications/{uuid4()}/resi").status == 404
        assert web.ask("POST", f"/api/v1/applications/{one.application}/resi", None, authorization=None).status == 401


def test_five_wrong_tries_lock_a_pin_for_a_quarter_of_an_hour(engine: Engine, database_url: str) -> None:
    """Also against the right one; a new PIN opens it, and so does time."""
    application = uuid4()
    assert check_pin(engine, VAULT, application, "000000") is Checked.WRONG, "there is none"
    pin = new_pin(engine, VAULT, application)
    wrong = f"{(int(pin) + 1) % 10**6:06d}"
    for _ in range(4):
        assert check_pin(engine, VAULT, application, wrong) is Checked.WRONG
    assert check_pin(engine, VAULT, application, pin) is Checked.RIGHT, "which forgets the wrong ones"
    for _ in range(5):
        assert check_pin(engine, VAULT, application, wrong) is Checked.WRONG
    assert check_pin(engine, VAULT, application, pin) is Checked.LOCKED
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select locked_until - now() > interval '14 minutes' from pins").fetchone() == (True,)
        connection.execute("update pins set locked_until = now()")
    assert check_pin(engine, VAULT, application, pin) is Checked.RIGHT


def test_another_key_opens_nothing(engine: Engine) -> None:
    """Whoever has the database has not the PINs."""
    application = uuid4()
    pin = new_pin(engine, VAULT, application)
    assert check_pin(engine, Vault(b"s" * 32, b"m" * 32), application, pin) is Checked.WRONG


def test_the_measures_count_letters(
    parts: Parts, letter: tuple[History, str, str], open_journal: Callable[[], Journal], timekeeper: Timekeeper
) -> None:
    """By office and by what became of them; no number, no name."""
    with served(parts) as web:
        told = web.get("/metrics").text
    assert 'ektp_sukets{office="33.74.10",what="in-force"} 1.0' in told
    assert letter[1] not in told
