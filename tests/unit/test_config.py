"""The configuration file: what offices inherit, and what is refused with a word on what to do."""

from collections.abc import Iterator
from datetime import date, time
from pathlib import Path

import pytest
from pydantic import ValidationError

from ektp.config.calendars import Calendars
from ektp.config.config import Config, Office, read_config
from ektp.config.timekeeping import OfficeTimekeeping
from ektp.errors import WrongUse
from tests.command_line import CommandLine, command_line
from workflows.working_time import Campaign, Hours

EXAMPLE = Path(__file__).parents[2] / "deploy" / "ektp.toml"
CAMPAIGN = '[[offices."33.19".campaigns]]\nname = "x"\nfirst = 2016-05-02\nhours = "08:00-21:00"\n'
KUDUS, SEMARANG = "33.19", "33.74"


def config(tmp_path: Path, text: str) -> Config:
    """Read a file that holds *text*."""
    path = tmp_path / "ektp.toml"
    path.write_text(text)
    return read_config(path)


def test_the_example_holds_the_two_seeds() -> None:
    """Four days in Semarang; five in Kudus, which recorded from eight to nine every day of five months."""
    example = read_config(EXAMPLE)
    assert [example.office(code).promise for code in (SEMARANG, KUDUS, "33.19.02", "33.01")] == [4, 5, 5, 4]
    assert example.office(KUDUS).confirm
    assert not example.office(SEMARANG).confirm
    assert example.office("33.74.10").reviewer == "adjudicator.semarang"
    drive = Campaign(
        "Perekaman massal Kudus", date(2016, 5, 1), date(2016, 9, 30), Hours(time(8), time(21)), target=601_696
    )
    assert example.targets() == [(KUDUS, drive)]
    assert example.office("33.19.02").campaigns == (drive,)


def test_without_a_file_every_office_works_as_usual() -> None:
    """Four working days, Monday to Friday from eight to three."""
    office = read_config(None).office("33.74.10")
    assert office == Office()
    assert (office.promise, office.confirm, office.reviewer, dict(office.patience)) == (4, False, None, {})
    assert office.week == (Hours(time(8), time(15)),) * 5 + (None, None)


def test_a_kecamatan_inherits_what_it_does_not_set_itself(tmp_path: Path) -> None:
    """From its regency, from its province, from the defaults; the patience name by name, campaigns nearest first."""
    read = config(
        tmp_path,
        """
        defaults = { promise = 6, patience = { recorded = 3, verified = 4 } }
        [offices.33]
        hours = { monday = "07:30-12:00", saturday = "08:00-10:00" }
        superior = "province"
        campaigns = [{ name = "wide", first = 2018-01-01, last = 2018-01-31, hours = "08:00-14:00" }]
        [offices."33.74"]
        confirm = true
        superior = "head"
        patience = { recorded = 2 }
        [offices."33.74.10"]
        confirm = false
        [[offices."33.74.10".campaigns]]
        name = "near"
        first = 2018-01-01
        last = 2018-01-31
        hours = "08:00-16:00"
        weekdays = ["saturday"]
        closed_by = ["public", "local"]
        """,
    )
    office = read.office("33.74.10")
    assert (office.promise, office.confirm, office.superior) == (6, False, "head")
    assert dict(office.patience) == {"recorded": 2, "verified": 4}
    assert [one.name for one in office.campaigns] == ["near", "wide"]
    assert office.campaigns[0].weekdays == {5}
    assert office.campaigns[0].closed_by == {"public", "local"}
    assert office.week[0] == Hours(time(7, 30), time(12))
    assert office.week[1:5] == (None,) * 4
    assert read.office("33.74.11").confirm
    assert read.office("33.19.01").superior == "province"
    assert read.office("35.78") is read.office("35.01")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("promis = 4", "promis: there is no such setting: correct its name, or remove it"),
        ('[offices."33.19"]\npromis = 4', 'offices."33.19".promis: there is no such setting'),
        ('[offices."33.19"]\npromise = "4"', 'offices."33.19".promise: Input should be a valid integer'),
        ('[offices."33.19"]\npromise = 0', 'offices."33.19".promise: Input should be greater than or equal to 1'),
        ('[offices."99.19"]', 'offices."99.19": no province, regency or kecamatan has this code'),
        ('[offices."33.19"]\nhours = "8-15"', 'offices."33.19".hours: write hours as "08:00-15:00"'),
        ('[offices."33.19"]\nhours = "15:00-08:00"', "an office that opens at 15:00 cannot close at 08:00"),
        ('[offices."33.19"]\nhours = {}', "name the days on which it is open: monday"),
        ('[offices."33.19"]\nhours = { senin = "08:00-15:00" }', "name the days on which it is open: monday"),
        (
            f"{CAMPAIGN}last = 2016-05-01",
            'offices."33.19".campaigns[0]: it ends on 2016-05-01 before it begins on 2016-05-02',
        ),
        (
            f'{CAMPAIGN}last = 2016-06-01\nweekdays = ["senin"]',
            'offices."33.19".campaigns[0].weekdays: list days of the week: monday',
        ),
        (
            '[[calendars."33".closures]]\nday = 2018-06-27\nname = "x"',
            'calendars."33".closures[0].announced: Field required',
        ),
        ("[[calendars.all.openings]]\nday = 2018-06-27", "calendars.all: no province, regency or kecamatan"),
        ('[stations]\nidentity = "open"', "stations.identity: Input should be 'trusted' or 'required'"),
        ("promise = \n", "not TOML: Invalid value (at line 1, column 11)"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    """And with the file's name."""
    with pytest.raises(WrongUse) as refused:
        config(tmp_path, text)
    assert str(refused.value).startswith(f"{tmp_path / 'ektp.toml'}: ")
    assert told in str(refused.value)


def test_a_file_that_is_not_there_names_the_variable(tmp_path: Path) -> None:
    """A folder is none either."""
    for path in (tmp_path / "nowhere.toml", tmp_path):
        with pytest.raises(WrongUse, match=r"EKTP_CONFIG: .*: correct the path, or unset it"):
            read_config(path)


def test_nothing_changes_after_it_was_read() -> None:
    """Everybody shares it."""
    with pytest.raises(ValidationError, match="frozen"):
        setattr(read_config(EXAMPLE), "defaults", Config().defaults)  # noqa: B010 - mypy knows it is read-only
    with pytest.raises(TypeError):
        read_config(EXAMPLE).office(KUDUS).patience["recorded"] = 1  # type: ignore[index]


@pytest.fixture
def ektp(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[CommandLine]:
    """Give a command line whose configuration is wrong."""
    path = tmp_path / "wrong.toml"
    path.write_text("[offices.33]\nhour = 4\n")
    with command_line(monkeypatch, capsys, tmp_path, EKTP_CONFIG=str(path)) as made:
        yield made


def test_a_wrong_file_is_wrong_use(ektp: CommandLine) -> None:
    """One line, exit code 2."""
    answer = ektp("calendar", "due", "2018-02-12", 4, "--office", SEMARANG)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert 'wrong.toml: offices."33".hour: there is no such setting' in answer.err


def test_a_printing_office_prints_for_its_kecamatan_but_for_those_with_printers_of_their_own(tmp_path: Path) -> None:
    """Queue and allocator are those of the office that prints."""
    made = config(
        tmp_path,
        '[offices."33.74"]\nallocator = "builtin"\n'
        '[offices."33.74".printing]\nprinters = {one = 150, two = 100}\nquota = 200\n'
        '[offices."33.74".queue]\nbacklog_before = 2018-01-01\nweights = {backlog = 5}\nhead_start = {lost = 3}\n'
        '[offices."33.74.11"]\nallocator = "external"\nprinting = {}\n',
    )
    assert [made.printing_office(code) for code in ("33.74", "33.74.10", "33.74.11", "33.01.02")] == [
        "33.74", "33.74", "33.74.11", "33.01"
    ]  # fmt: skip
    keeping = OfficeTimekeeping(made, Calendars(made))
    regency, own = keeping.policy("33.74.10"), keeping.policy("33.74.11")
    assert (regency.prints_at, regency.builtin, own.prints_at, own.builtin) == ("33.74", True, "33.74.11", False)
    assert (regency.printing.capacity, regency.printing.quota, own.printing.capacity) == (250, 200, None)
    assert (regency.queue.backlog_before, regency.queue.weight("backlog")) == (date(2018, 1, 1), 5)
    assert (regency.queue.weight("new"), regency.queue.days("lost"), regency.queue.days("first")) == (4, 3, 30)
    assert made.allocates
    assert not Config().allocates


@pytest.mark.parametrize(
    ("setting", "where"),
    [
        ("queue = {weights = {again = 5}}", "queue.weights.again"),
        ("queue = {weights = {new = 0}}", "queue.weights.new"),
        ("queue = {weights = {new = 21}}", "queue.weights.new"),
        ("queue = {head_start = {urgent = 1}}", "queue.head_start.urgent"),
        ("printing = {printers = {one = 0}}", "printing.printers.one"),
    ],
)
def test_a_queue_that_cannot_be_is_refused_with_its_place(tmp_path: Path, setting: str, where: str) -> None:
    """Nobody waits in a lane of weight nought, and `again` has no share."""
    with pytest.raises(WrongUse) as refused:
        config(tmp_path, f'[offices."33.74"]\n{setting}\n')
    assert where in str(refused.value)


def test_an_office_may_issue_letters_sooner_or_none_at_all(tmp_path: Path) -> None:
    """After four working days where nothing is said; false is told from nothing, and inherited."""
    read = config(
        tmp_path,
        """
        [offices."33.74"]
        suket = false
        [offices."33.74.10"]
        suket = 2
        [letters]
        address = "https://ektp.example/kota"
        templates = "letters"
        """,
    )
    assert [read.office(code).suket for code in ("33.19", "33.74.01", "33.74.10")] == [4, 0, 2]
    policies = OfficeTimekeeping(read, Calendars(read)).policy
    assert [policies(code).suket for code in ("33.19", "33.74.01", "33.74.10")] == [4, None, 2]
    assert read.letters.templates == Path("letters")


@pytest.mark.parametrize("wrong", ["suket = 0", "suket = true", 'suket = "never"'])
def test_a_rule_for_letters_that_cannot_be_is_refused(tmp_path: Path, wrong: str) -> None:
    """With the place where it stands."""
    with pytest.raises(WrongUse, match=r'offices\."33\.74"\.suket'):
        config(tmp_path, f'[offices."33.74"]\n{wrong}\n')


@pytest.mark.parametrize("address", ["ektp.example", "https://ektp.example/", "https://"])
def test_an_address_that_no_code_can_begin_with_is_refused(tmp_path: Path, address: str) -> None:
    """It needs a scheme and a host, and no slash at its end."""
    with pytest.raises(WrongUse, match=r"letters\.address"):
        config(tmp_path, f'[letters]\naddress = "{address}"\n')
