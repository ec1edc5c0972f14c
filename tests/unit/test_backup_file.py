"""The file of a backup by itself: no byte of it may differ, and its keys open with one passphrase only."""

import io
import tarfile
from pathlib import Path

import pytest

from ektp.backup.archive import content_of, digest_of, read_archive, write_archive
from ektp.backup.errors import BackupDamaged, PassphraseWrong
from ektp.backup.wrapping import unwrap, wrap

KEYS = {"secret-key": "a" * 64, "nik-key": "b" * 64, "audit-key": "c" * 64}
PASSPHRASE = "five words that nobody guesses"
ABOUT = b"the manifest"
FILE = Path("backup.tar")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Give an archive of three parts: from memory, from a file, and an empty one."""
    large = tmp_path / "large"
    large.write_bytes(bytes(range(256)) * 9)
    file = tmp_path / "backup.tar"
    write_archive(file, {"small": b"{}", "large": large, "empty": b""})
    return file


def test_what_is_written_is_read_and_every_tar_can_list_it(archive: Path, tmp_path: Path) -> None:
    """For its owner alone, and nothing half-made lies beside it."""
    parts = read_archive(archive)
    assert {name: part.size for name, part in parts.items()} == {"small": 2, "large": 2304, "empty": 0}
    assert content_of(archive, parts["small"]) == b"{}"
    assert parts["large"].digest == digest_of(tmp_path / "large")
    with tarfile.open(archive) as tar:
        assert tar.getnames() == ["small", "large", "empty"]
    assert archive.stat().st_mode & 0o777 == 0o600
    assert {path.name for path in tmp_path.iterdir()} == {"backup.tar", "large"}


def test_a_byte_that_was_changed_is_found_wherever_it_is(archive: Path) -> None:
    """In a head, in a part, between them, behind them: refused, or a digest that is not the one that was written."""
    whole, before = archive.read_bytes(), read_archive(archive)
    for at in range(0, len(whole), 7):
        archive.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        try:
            assert read_archive(archive) != before, at
        except BackupDamaged:
            continue


def test_a_file_that_is_cut_off_is_refused_wherever_it_is(archive: Path) -> None:
    """Also between two parts, where a tar would seem whole; and one to which something was added."""
    whole = archive.read_bytes()
    for at in (*range(0, len(whole), 101), 512, 1024, 1536, len(whole) - 1):
        archive.write_bytes(whole[:at])
        with pytest.raises(BackupDamaged):
            read_archive(archive)
    for more in (b"\0", b"x", bytes(tarfile.RECORDSIZE)):
        archive.write_bytes(whole + more)
        with pytest.raises(BackupDamaged):
            read_archive(archive)


def test_what_is_no_backup_is_refused(archive: Path) -> None:
    """Whatever else it is."""
    other = io.BytesIO()
    with tarfile.open(fileobj=other, mode="w:gz") as tar:
        tar.add(archive, "backup.tar")
    for content in (b"", b"no tar at all" * 100, other.getvalue()):
        archive.write_bytes(content)
        with pytest.raises(BackupDamaged):
            read_archive(archive)


def test_the_keys_open_with_the_passphrase_and_what_they_are_bound_to() -> None:
    """Nothing of them can be read, and what was changed is told from a wrong passphrase."""
    wrapped = wrap(KEYS, PASSPHRASE, ABOUT)
    assert unwrap(wrapped, PASSPHRASE, ABOUT, FILE) == KEYS
    assert not any(key.encode() in wrapped for key in KEYS.values())
    assert wrap(KEYS, PASSPHRASE, ABOUT) != wrapped
    with pytest.raises(PassphraseWrong):
        unwrap(wrapped, "another passphrase", ABOUT, FILE)
    with pytest.raises(BackupDamaged):
        unwrap(wrapped, PASSPHRASE, b"another manifest", FILE)


def test_a_changed_byte_of_the_keys_opens_nothing() -> None:
    """Also one that would be read the same, as a capital in hexadecimal."""
    wrapped = wrap(KEYS, PASSPHRASE, ABOUT)
    spots = [*range(0, len(wrapped), 61), wrapped.rindex(b'"') - 1, len(wrapped) - 1]
    for at in spots:
        changed = wrapped[:at] + bytes([wrapped[at] ^ 0x20]) + wrapped[at + 1 :]
        with pytest.raises((BackupDamaged, PassphraseWrong)):
            unwrap(changed, PASSPHRASE, ABOUT, FILE)
