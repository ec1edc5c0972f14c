"""Every act of a command that changes something is in the audit: by whom, about what, and why."""

import json
from typing import Any

import psycopg
import pytest

from tests.command_line import CommandLine
from tests.histories import History
from tests.parking_town import PATCH, misspelt


def noted(ektp: CommandLine) -> list[tuple[str, str, dict[str, Any]]]:
    """Return what was noted, the oldest first; the chain is whole."""
    assert ektp.ask("audit", "verify")["ok"] is True
    return [(row["what"], row["about"], row["detail"]) for row in reversed(ektp.ask("audit", "list"))]


def test_accounts_of_stations(ektp: CommandLine) -> None:
    """Added, renewed, revoked; what was refused is not there, and nothing secret is."""
    first = ektp.ask("stations", "add", "st337410", "--role", "station", "--office", "33.74.10")
    assert ektp("stations", "add", "st337410", "--role", "centre", "--office", "all").code == 1
    second = ektp.ask("stations", "add", "st337410", "--renew", "--office", "33.74")
    assert ektp("stations", "add", "st_never", "--renew").code == 1
    ektp.ask("stations", "revoke", "st337410", "--because", "stolen")
    assert ektp("stations", "revoke", "st_never", "--because", "stolen").code == 1
    assert noted(ektp) == [
        ("station-added", "st337410", {"role": "station", "office": "33.74.10"}),
        ("station-renewed", "st337410", {"role": "station", "office": "33.74"}),
        ("station-revoked", "st337410", {"because": "stolen"}),
    ]
    said = ektp("audit", "list").out
    assert not any(told[secret] in said for told in (first, second) for secret in ("token", "secret"))


def test_parked_items(ektp: CommandLine) -> None:
    """Replayed, corrected, discarded; a dry run changes nothing and is not there."""
    lines = [b"{not json", b"{neither"]
    ektp("apply", ektp.file(*lines))
    one, two = (row["parked"] for row in ektp.ask("parked", "list"))
    ektp.ask("parked", "replay", one, "--dry-run", expect=1)
    ektp.ask("parked", "replay", one, "--because", "deployed", "--by", "siti", expect=1)
    ektp.ask("parked", "discard", one, two, "--because", "noise", "--by", "budi")
    assert ektp("parked", "discard", one, "--because", "again").code == 2
    assert noted(ektp) == [
        ("item-replayed", one, {"because": "deployed"}),
        *(("item-discarded", item, {"because": "noise"}) for item in sorted((one, two))),
    ]
    assert [row["actor"] for row in ektp.ask("audit", "list")] == ["budi", "budi", "siti"]
    wrong = misspelt()
    ektp("apply", ektp.file(wrong))
    (parked,) = (row["parked"] for row in ektp.ask("parked", "list"))
    right = {**wrong, "data": {**wrong["data"], "channel": "kecamatan"}}
    ektp.ask("parked", "replay", parked, "--edit", ektp.file(right))
    assert noted(ektp)[-1] == ("item-edited", parked, {"because": None})


def test_groups_and_plans(ektp: CommandLine) -> None:
    """Owned, muted, noted, planned and decided; what somebody noted is in the notes, and not in the audit."""
    ektp("apply", ektp.file(misspelt(), misspelt()))
    (group,) = (one["group"] for one in ektp.ask("parked", "groups", "--by", "cause"))
    assert ektp("parked", "own", group, "--owner", "budi").code == 0
    assert ektp("parked", "mute", group).code == 0
    assert ektp("parked", "mute", group, "--off").code == 0
    assert ektp("parked", "note", group, "asked the station").code == 0
    patch = ektp.file(json.dumps(PATCH).encode())
    planned = ektp.ask("parked", "plan", "--group", group, "--patch", patch, "--because", "a driver", "--by", "siti")
    ektp.ask("parked", "stop", planned["repair"])
    assert noted(ektp) == [
        ("group-owned", group, {"owner": "budi"}),
        ("group-muted", group, {}),
        ("group-unmuted", group, {}),
        ("group-noted", group, {}),
        ("repair-planned", planned["repair"], {"because": "a driver", "items": 2, "correction": "patch"}),
        ("repair-stopped", planned["repair"], {}),
    ]


def test_a_new_pin(
    ektp: CommandLine,
) -> None:
    """The PIN itself is nowhere; asking for what is not there is no act."""
    history = History().recorded()
    outcome = ektp.ask("apply", ektp.file(*history.events))
    assert outcome["outcomes"][0]["outcome"] == "applied"
    told = ektp.ask("resi", history.application, "--by", "loket1")
    assert ektp("resi", "AAAAAAAAAAAAA").code == 1
    (row,) = ektp.ask("audit", "list")
    assert (row["what"], row["about"], row["actor"]) == ("pin-made", str(history.application), "loket1")
    assert told["pin"] not in ektp("audit", "list").out
    assert history.nik not in ektp("audit", "list").out


def test_without_the_key_of_the_audit_nothing_is_done(
    ektp: CommandLine, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    """What was not noted was not done."""
    ektp.ask("stations", "add", "st337410", "--role", "station", "--office", "33.74.10")
    monkeypatch.delenv("EKTP_AUDIT_KEY")
    assert ektp("stations", "revoke", "st337410", "--because", "stolen").code == 2
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select revoked from stations").fetchall() == [(None,)]
