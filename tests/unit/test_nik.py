"""The NIK: what is one, what it tells, and that it never tells itself."""

import pickle
from datetime import date

import pytest
from pydantic import BaseModel, ValidationError

from schemas.errors import Refused
from schemas.nik import Nik, holds_nik, mask_niks
from schemas.reasons import Reason

WOMAN = "3374106508999901"
MAN = "3319012902009902"
TODAY = date(2018, 2, 12)


class Person(BaseModel):
    """A model with a NIK in it."""

    nik: Nik


def reason_for(value: object) -> Reason:
    """Give the reason a value is refused with."""
    with pytest.raises(Refused) as caught:
        Nik.parse(value)
    assert str(value).strip() not in caught.value.detail or value == ""
    return caught.value.reason


def test_a_nik_tells_region_sex_and_birth_day() -> None:
    """Women have 40 added to the day."""
    woman, man = Nik.parse(WOMAN), Nik.parse(MAN)
    assert (woman.region, woman.sex, woman.birth_day(TODAY)) == ("33.74.10", "female", date(1999, 8, 25))
    assert (man.region, man.sex, man.birth_day(date(2020, 1, 1))) == ("33.19.01", "male", date(2000, 2, 29))


def test_the_century_is_the_latest_that_makes_a_person_sixteen() -> None:
    """Somebody born in 02 is 16 in the course of 2018, and before that was 115."""
    born = Nik.parse("3374101302029901")
    assert born.birth_day(date(2018, 2, 12)) == date(1902, 2, 13)
    assert born.birth_day(date(2018, 2, 13)) == date(2002, 2, 13)
    assert Nik.parse("3374102508079901").birth_day(date(2024, 1, 1)) == date(2007, 8, 25)
    assert Nik.parse("3374102508079901").birth_day(date(2017, 9, 1)) == date(1907, 8, 25)


@pytest.mark.parametrize(
    "text",
    [
        "", "337410650899990", "33741065089999011", "3374106508999901\n", " 374106508999901", "337410650899990a",
        "٣٣٧٤١٠٦٥٠٨٩٩٩٩٠١", "0000000000000000", "3374106508990000", "0074106508999901", "1074106508999901",
        "9974106508999901", "3374103102999901", "3374107102999901", "3374100113999901", "3374100001999901",
        "3374103201999901", "3374104001999901", "3374107201999901", "3374102902999901", "3374100100999901",
    ],
)  # fmt: skip
def test_what_cannot_be_a_nik_is_refused(text: str) -> None:
    """Length, digits, province, date and serial all count."""
    assert reason_for(text) is Reason.BAD_NIK


def test_a_number_is_never_a_nik() -> None:
    """Numbers of this size lose digits on the way."""
    assert reason_for(int(WOMAN)) is Reason.NIK_IS_A_NUMBER
    assert reason_for(float(WOMAN)) is Reason.NIK_IS_A_NUMBER
    assert reason_for(value=True) is Reason.BAD_NIK


def test_the_29th_of_february_needs_a_leap_year_in_either_century() -> None:
    """The year 00 has one in 2000, though not in 1900."""
    assert Nik.parse(MAN).sex == "male"
    assert Nik.parse("3319016902969902").sex == "female"
    assert reason_for("3319012902019902") is Reason.BAD_NIK


def test_a_region_that_was_split_is_a_warning_only() -> None:
    """Old codes stay in old NIKs; East Timor gave some too."""
    assert Nik.parse(WOMAN).warnings == ()
    assert Nik.parse("3374990101709901").warnings == ("unknown-district",)
    assert Nik.parse("3398010101709901").warnings == ("unknown-regency",)
    assert Nik.parse("5401010101709901").warnings == ("unknown-regency",)


def test_a_nik_prints_masked_everywhere() -> None:
    """Birth date and serial are hidden both: one of them alone can be guessed."""
    nik = Nik.parse(WOMAN)
    person = Person(nik=nik)
    for text in (str(nik), repr(nik), f"{nik}", f"{nik!r}", str(person), repr(person), str(person.model_dump())):
        assert "337410**********" in text
        assert WOMAN not in text
    assert person.model_dump(mode="json") == {"nik": WOMAN}


def test_a_nik_in_a_model_is_refused_without_a_digit() -> None:
    """The sentence names the rule and nothing that stood there."""
    with pytest.raises(ValidationError) as caught:
        Person.model_validate({"nik": "3374106508990000"})
    error = caught.value.errors(include_input=False, include_url=False)[0]
    assert (error["type"], error["msg"]) == ("bad-nik", "must have a serial from 0001 on")
    assert Person.model_json_schema()["properties"]["nik"]["type"] == "string"


def test_a_nik_survives_pickle_and_is_a_key() -> None:
    """Equal digits are the same NIK."""
    nik = Nik.parse(WOMAN)
    assert pickle.loads(pickle.dumps(nik)) == nik
    assert {nik, Nik.parse(WOMAN)} == {nik}
    assert Nik.parse(nik) is nik


def test_a_nik_in_a_free_text_is_masked_and_other_numbers_stay() -> None:
    """A clerk's remark may name somebody; a number that cannot be a NIK is none."""
    assert mask_niks(f"duplicate of {WOMAN}, see 9999999999999999") == (
        "duplicate of 337410**********, see 9999999999999999"
    )
    groups = ("3374 1065 0899 0001", "337410 650899 0001", "33.7410.650899.0001", "33-74-10-650899-0001")
    for written in groups:
        assert mask_niks(f"({written})") == "(337410**********)"
    for other in ("9999 9999 9999 9999", "3374 1065 0899 00011", "33.74.10 2018-02-12 08:15", "3374 1065-0899 0001"):
        assert mask_niks(other) == other
    assert holds_nik(f"x-{MAN}.")
    assert not holds_nik(f"1{MAN}")
