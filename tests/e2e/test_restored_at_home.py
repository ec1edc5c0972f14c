"""The embedded store brought to safety and back, with nothing but the program: one file, another home."""

from pathlib import Path

import pytest

from tests.e2e.terminals import Terminals

pytestmark = pytest.mark.slow


def test_an_embedded_store_lives_on_in_another_home(terminals: Terminals, home: Path, tmp_path: Path) -> None:
    """With its keys: a person parked in the one is seen masked in the other, and the audit goes on."""
    file, passphrase = tmp_path / "backup.tar", tmp_path / "passphrase"
    passphrase.write_text("five words that nobody guesses")
    words = (str(file), "--passphrase-file", str(passphrase))
    first = terminals.at(home / "first")
    applied = first.ask("apply", "-", stdin=first.run("sample", "recorded").stdout + b"{not json\n")
    assert [one["outcome"] for one in applied["outcomes"]] == ["applied", "parked"]
    told, parked = first.ask("summary"), first.ask("parked", "list")
    made = first.ask("backup", *words)

    second = terminals.at(home / "second")
    assert second.ask("restore", *words)["last_commit"] == made["last_commit"]
    assert {**second.ask("summary"), "at": "", "outbox": {}} == {**told, "at": "", "outbox": {}}
    assert second.ask("parked", "show", parked[0]["parked"])["body"].startswith("{xxx")
    assert second.ask("verify")["ok"] is True
    audited = second.ask("audit", "verify")
    assert (audited["ok"], audited["rows"]) == (True, 2)
    again = second.run("restore", *words)
    assert (again.returncode, b"is not empty" in again.stderr) == (1, True)
