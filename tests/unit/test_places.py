"""The regions of Indonesia, as the packed table knows them."""

from importlib import resources

import pytest

from schemas.places import FORMER_PROVINCES, districts_of, is_office, place, provinces, regencies_of


def test_all_regions_are_there() -> None:
    """38 provinces, 514 regencies and cities, 7,285 kecamatan."""
    regencies = [regency for province in provinces() for regency in regencies_of(province.code)]
    districts = [district for regency in regencies for district in districts_of(regency.code)]
    assert (len(provinces()), len(regencies), len(districts)) == (38, 514, 7285)
    assert len({region.code for region in (*regencies, *districts)}) == 514 + 7285


@pytest.mark.parametrize(
    ("code", "name", "level", "parent", "regency"),
    [
        ("33", "Jawa Tengah", "province", None, None),
        ("33.74", "Kota Semarang", "regency", "33", "33.74"),
        ("33.19", "Kabupaten Kudus", "regency", "33", "33.19"),
        ("33.74.10", "Tembalang", "district", "33.74", "33.74"),
    ],
)
def test_a_place_knows_its_name_and_what_lies_around_it(
    code: str, name: str, level: str, parent: str | None, regency: str | None
) -> None:
    """The two cities that this system began with."""
    found = place(code)
    assert found is not None
    assert (found.name, found.level, found.parent, found.regency, found.province) == (
        name,
        level,
        parent,
        regency,
        "33",
    )


def test_kecamatan_are_listed_by_their_regency() -> None:
    """Sixteen in Semarang, nine in Kudus, none in a code that is nobody's."""
    assert len(districts_of("33.74")) == 16
    assert len(districts_of("33.19")) == 9
    assert districts_of("33.99") == ()
    assert regencies_of("99") == ()


def test_an_office_is_a_regency_or_a_kecamatan_of_today() -> None:
    """A province is none, nor is what only old NIKs know."""
    assert is_office("33.74")
    assert is_office("33.74.10")
    for code in ("33", "3374", "33.74.99", "54.01", "", "33.74.", "centre", "33.74\n"):
        assert not is_office(code)
    assert not any(map(place, FORMER_PROVINCES))


def test_the_licence_of_the_data_is_shipped_with_them() -> None:
    """The Open Database License asks for it, and for saying where they come from."""
    data = resources.files("schemas").joinpath("data")
    assert "Open Database License" in data.joinpath("ODBL-1.0.md").read_text(encoding="utf-8")
    assert "idn-area-data" in data.joinpath("README.md").read_text(encoding="utf-8")
