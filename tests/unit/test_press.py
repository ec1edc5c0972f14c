"""The press: our templates and an office's own, and what it says when one is broken."""

from datetime import date
from pathlib import Path
from typing import Final

import pytest

from ektp.errors import WrongUse
from ektp.letters.dates import long_date
from ektp.letters.errors import TemplateBroken
from ektp.letters.names import masked_name, office_name, regency_name
from ektp.letters.press import OURS, Press
from tests.papers import read_paper

ADDRESS: Final = "https://ektp.example/verify/0123456789ABCDEF"
SAID: Final = {
    "number": "471.13/000001/33.74.10/2026",
    "name": 'Contoh "Satu" #emph[x] \\ Müller',
    "nik": "3374106508999901",
    "office": "Kecamatan Tembalang",
    "regency": "Kota Semarang",
    "issued": "13 Februari 2026",
    "until": "13 Agustus 2026",
}


def test_a_letter_says_what_it_is_given_and_leads_to_its_page() -> None:
    """Also what would mean something to Typst; the QR code can be read from the page."""
    text, codes = read_paper(Press().printed("suket", ADDRESS, SAID))
    for value in SAID.values():
        assert value in text or value.upper() in text
    assert codes == [ADDRESS]


def test_a_receipt_fits_a_small_page() -> None:
    """With the code of the resi, the PIN and the way to the page."""
    said = {"resi": "ABCD-EFGH-JKMN", "pin": "012345", "office": "Kecamatan Tembalang", "regency": "Kota Semarang"}
    text, codes = read_paper(Press().printed("resi", ADDRESS, {**said, "issued": "13 Februari 2026"}))
    assert "ABCD-EFGH-JKMN" in text
    assert "012345" in text
    assert codes == [ADDRESS]


def test_an_office_may_use_a_template_of_its_own_and_ours_for_the_rest(tmp_path: Path) -> None:
    """With whatever lies beside it."""
    (tmp_path / "head.typ").write_text("#let head = [Dinas Contoh]")
    own = '#import "head.typ": head\n#head: #sys.inputs.number #image(bytes(sys.inputs.qr), format: "svg", width: 3cm)'
    (tmp_path / "suket.typ").write_text(own)
    press = Press(tmp_path)
    text, codes = read_paper(press.printed("suket", ADDRESS, SAID))
    assert text.strip() == f"Dinas Contoh: {SAID['number']}"
    assert codes == [ADDRESS]
    with pytest.raises(TemplateBroken):
        press.printed("resi", ADDRESS, {})


@pytest.mark.parametrize(
    ("broken", "why"),
    [("#sys.inputs.no-such-word", "no-such-word"), ("#(", "unclosed delimiter"), ('#read("../beside.txt")', "root")],
)
def test_a_broken_template_is_named_with_the_reason_and_without_the_person(
    tmp_path: Path, broken: str, why: str
) -> None:
    """What Typst says of somebody who does not exist."""
    (tmp_path / "suket.typ").write_text(broken)
    with pytest.raises(TemplateBroken) as caught:
        Press(tmp_path).printed("suket", ADDRESS, SAID)
    assert str(tmp_path / "suket.typ") in str(caught.value)
    assert why in str(caught.value)
    assert "Contoh" not in str(caught.value)


def test_a_template_that_fails_on_one_person_does_not_tell_whom(tmp_path: Path) -> None:
    """Set with other words it works, and that is all that is said."""
    (tmp_path / "suket.typ").write_text('#if sys.inputs.name != "contoh" { panic(sys.inputs.name) }')
    with pytest.raises(TemplateBroken, match="other words") as caught:
        Press(tmp_path).printed("suket", ADDRESS, SAID)
    assert "Contoh" not in f"{caught.value!r}{caught.value.__context__}"


def test_names_and_dates_are_written_as_people_write_them() -> None:
    """In Indonesian and English; of a name only what its owner knows."""
    assert (office_name("33.74.10"), office_name("33.74")) == ("Kecamatan Tembalang", "Kota Semarang")
    assert regency_name("33.74.10") == "Kota Semarang"
    assert masked_name("Contoh  Tiga Belas") == "C*** T*** B***"
    assert (long_date(date(2026, 8, 3)), long_date(date(2026, 8, 3), "en")) == ("3 Agustus 2026", "3 August 2026")


def test_every_template_of_ours_names_the_words_it_may_use() -> None:
    """So that whoever copies one knows."""
    for path in OURS.glob("*.typ"):
        assert "`said` holds:" in path.read_text()


def test_a_folder_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    """Rather than by a letter that is not the office's own."""
    with pytest.raises(WrongUse, match=r"letters\.templates"):
        Press(tmp_path / "nowhere")
