"""The texts of messages: every language says everything, an SMS is two segments at most, and no file can break one."""

import tomllib
from datetime import UTC, date, datetime, time
from itertools import product
from pathlib import Path

import pytest

from ektp.errors import WrongUse
from ektp.residents.texts import Texts
from schemas.resident import RESIDENT
from tests.plain_time import CALENDAR
from workflows.errors import BadTexts
from workflows.message_texts import (
    BRIEF,
    Facts,
    Language,
    day_in_words,
    hours_in_words,
    language_of,
    listed,
    moment_in_words,
    segments,
    written,
)
from workflows.messages import TOLD
from workflows.office_hours import Hours

FOLDER = Path(__file__).parents[2] / "ektp" / "residents" / "templates"
LANGUAGES = sorted(file.stem for file in FOLDER.glob("*.toml"))
LONGEST = Facts(
    "ABCD-EFGH-JKLM", "Kecamatan Banyumanik Barat", CALENDAR.week, "https://dukcapil.semarangkota.go.id/track",
    date(2026, 9, 23), date(2027, 9, 23), ("resi", "suket"),
    datetime(2026, 9, 23, 9, 30, tzinfo=UTC), "Balai Kelurahan Srondol Wetan",
)  # fmt: skip


def language(code: str) -> Language:
    """Return one of ours."""
    return Texts().of(code, "33.74.10")


def test_adding_a_language_is_adding_a_file() -> None:
    """What lies in the folder is spoken, and nothing else needs to know of it."""
    assert LANGUAGES == ["en", "id", "jv"]
    assert list(Texts().languages) == LANGUAGES


@pytest.mark.parametrize(("code", "notice"), list(product(LANGUAGES, TOLD)))
def test_every_notice_is_told_in_every_language(code: str, notice: str) -> None:
    """With the receipt; who must come hears when, where and what to bring; an SMS is two segments of seven bits."""
    facts = LONGEST._replace(bring=RESIDENT.get(notice, {}).get("bring", ()))
    brief, long = (written(language(code), notice, channel, facts) for channel in ("sms", "whatsapp"))
    assert segments(brief.text) <= 2, (segments(brief.text), len(brief.text), brief.text)
    for told in (brief.text, long.text, long.subject):
        assert facts.resi in told
        assert "{" not in told
    if RESIDENT.get(notice, {}).get("must_come"):
        for told in (brief.text, long.text):
            met = notice == "visit-announced"
            assert (
                moment_in_words(language(code), facts.when) if met else hours_in_words(language(code), facts.week)
            ) in told
            assert (facts.where if met else facts.office) in told
            assert listed(language(code), [language(code).papers[paper] for paper in facts.bring]) in told
    if notice == "re-recording-required":
        assert all("lens" in told.lower() for told in (brief.text, long.text))


def test_a_week_is_told_as_one_would() -> None:
    """Days with the same hours together, closed days not at all."""
    short, day = Hours(time(8), time(11, 30)), Hours(time(8), time(15))
    week = (day, day, day, day, short, None, None)
    assert hours_in_words(language("id"), week) == "Senin-Kamis 08.00-15.00, Jumat 08.00-11.30"
    assert hours_in_words(language("en"), (None, day, None, day, day, day, None)) == (
        "Tuesday 08:00-15:00, Thursday-Saturday 08:00-15:00"
    )
    assert listed(language("id"), ["a", "b", "c"]) == "a, b dan c"
    assert listed(language("id"), []) == ""


def test_an_appointment_is_told_by_the_clock() -> None:
    """With its day; one that is not known is soon."""
    assert moment_in_words(language("id"), datetime(2026, 2, 17, 9, 30)) == "Selasa, 17 Februari 2026 09.30"  # noqa: DTZ001
    assert moment_in_words(language("en"), None) == day_in_words(language("en"), None) == "as soon as possible"


def test_an_sms_is_counted_as_a_network_counts() -> None:
    """Seven bits where every sign is in their table, sixteen where one is not."""
    assert [segments("x" * n) for n in (160, 161, 306, 307)] == [1, 2, 2, 3]
    assert [segments("ŝ" * n) for n in (70, 71, 134, 135)] == [1, 2, 2, 3]
    assert segments("€" * 80) == 1
    assert segments("€" * 81) == 2
    assert "sms" in BRIEF


def test_an_office_says_it_in_its_own_words(tmp_path: Path) -> None:
    """A part of one notice; the nearest folder wins, and everything else stays ours."""
    (tmp_path / "33.74").mkdir()
    (tmp_path / "id.toml").write_text('[application-printed]\nshort = "Jadi: {resi}."\nsubject = "Jadi"\n')
    (tmp_path / "33.74" / "id.toml").write_text('[application-printed]\nshort = "Monggo {resi}."\n')
    texts = Texts(tmp_path)
    kudus, semarang = (texts.of("id", office).texts["application-printed"] for office in ("33.19", "33.74.10"))
    assert (kudus.short, kudus.subject) == ("Jadi: {resi}.", "Jadi")
    assert (semarang.short, semarang.subject) == ("Monggo {resi}.", "Jadi")
    assert semarang.long == language("id").texts["application-printed"].long


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[application-printed]\nshort = "{nik}"\n', "application-printed.short names nik"),
        ('[application-printed]\nshort = "{resi.__class__}"\n', "names resi.__class__"),
        ('[application-printed]\nshort = "{resi"\n', "a brace that is not closed"),
        ('[application-printed]\nbrief = "x"\n', "has no brief"),
        ('[application-printed]\nlong = " "\n', "says nothing in long"),
        ('[application-lost]\nlong = "x"\n', "there is no notice application-lost"),
        ("[application", "not TOML"),
    ],
)
def test_what_is_wrong_in_an_offices_file_is_said_with_its_place(tmp_path: Path, text: str, why: str) -> None:
    """Before anybody is told anything."""
    (tmp_path / "id.toml").write_text(text)
    with pytest.raises(WrongUse, match=why) as wrong:
        Texts(tmp_path).of("id", "33.74")
    assert "id.toml" in str(wrong.value)


def test_a_language_that_lacks_something_is_none() -> None:
    """A notice, a word, a month."""
    whole = tomllib.loads((FOLDER / "id.toml").read_text())
    for lack, why in (
        ({**whole, "application-failed": None}, r"no table \[application-failed\]"),
        ({**whole, "words": {**whole["words"], "months": ["Januari"]}}, "twelve months"),
        ({**whole, "words": {name: word for name, word in whole["words"].items() if name != "soon"}}, "no soon"),
        ({**whole, "strange": {}}, "no notice strange"),
    ):
        with pytest.raises(BadTexts, match=why):
            language_of(lack, "id.toml")
