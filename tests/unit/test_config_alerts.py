"""The table of alerts in the configuration: who is told, and where the secret addresses are."""

from datetime import time, timedelta
from pathlib import Path

import pytest

from ektp.config.config import read_config
from ektp.errors import WrongUse
from ektp.telling.addresses import Addresses
from ektp.telling.errors import AddressMissing
from workflows.alert import Severity
from workflows.telling import Quiet, Receiver
from workflows.watch import Limits

SECRET = "mailto://user:very-secret@example.invalid"


def receiver(tmp_path: Path, text: str) -> Receiver:
    """Return the one receiver of a file."""
    (table,) = read_config(written(tmp_path, text)).alerts.receivers
    return table.receiver()


def written(tmp_path: Path, text: str) -> Path:
    """Write a file with one receiver of these settings."""
    path = tmp_path / "ektp.toml"
    path.write_text(f'[[alerts.receivers]]\nname = "desk"\n{text}')
    return path


def test_a_receiver_says_what_it_wants(tmp_path: Path) -> None:
    """And gets the usual where it says nothing."""
    assert receiver(tmp_path, 'url_env = "EKTP_DESK"') == Receiver("desk")
    assert receiver(
        tmp_path,
        """
        url_file = "desk.url"
        rules = ["stuck", "station-silent"]
        least = "note"
        offices = ["33.74"]
        language = "en"
        quiet = "22:00-06:00"
        wake_for = "nothing"
        again_after = 24
        """,
    ) == Receiver(
        "desk", frozenset({"stuck", "station-silent"}), Severity.NOTE, ("33.74",), "en", Quiet(time(22), time(6)),
        None, timedelta(hours=24),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "give either url_file or url_env"),
        ('url_file = "a"\nurl_env = "B"', "give either url_file or url_env"),
        (f'url = "{SECRET}"', "alerts.receivers[0].url: there is no such setting"),
        ('url_env = "B"\nrules = ["stuk"]', "there is no such rule: stuck, held-too-long"),
        ('url_env = "B"\nquiet = "22-6"', 'write quiet hours as "22:00-06:00"'),
        ('url_env = "B"\nquiet = "22:00-22:00"', "leave them out"),
        ('url_env = "B"\noffices = ["99"]', "no province, regency or kecamatan has this code"),
        ('url_env = "B"\nleast = "loud"', "alerts.receivers[0].least"),
        ('url_env = "B"\n[[alerts.receivers]]\nname = "desk"\nurl_env = "C"', "two receivers are called desk"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_no_address_is_repeated(tmp_path: Path, text: str, told: str) -> None:
    """With its place, and what to do."""
    with pytest.raises(WrongUse) as refused:
        read_config(written(tmp_path, text))
    assert told in str(refused.value)
    assert "very-secret" not in str(refused.value)


def test_an_address_is_read_beside_the_configuration_or_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anew each time; what is missing is said without it."""
    tables = read_config(
        written(tmp_path, 'url_file = "desk.url"\n[[alerts.receivers]]\nname = "boss"\nurl_env = "EKTP_BOSS"')
    ).alerts.receivers
    addresses = Addresses({one.name: one.address(tmp_path) for one in tables})
    monkeypatch.delenv("EKTP_BOSS", raising=False)
    for name, why in (("desk", "No such file"), ("boss", "EKTP_BOSS is not set"), ("nobody", "there is none")):
        with pytest.raises(AddressMissing, match=why):
            addresses.of(name)
    (tmp_path / "desk.url").write_text(f"{SECRET}\n")
    monkeypatch.setenv("EKTP_BOSS", SECRET)
    assert [addresses.of(name) for name in ("desk", "boss")] == [SECRET, SECRET]
    (tmp_path / "desk.url").write_text("")
    with pytest.raises(AddressMissing, match="is empty"):
        addresses.of("desk")


def test_the_limits_are_the_usual_ones_unless_set(tmp_path: Path) -> None:
    """Minutes, messages, days."""
    path = tmp_path / "ektp.toml"
    path.write_text("[alerts]\noutbox_old = 10\nqueue_long = 500\ncalendar_ahead = 90\n")
    set_, usual = read_config(path).alerts.limits(), read_config(None).alerts.limits()
    assert usual == Limits()
    assert (set_.outbox, set_.queue, set_.calendar) == (timedelta(minutes=10), 500, timedelta(days=90))
