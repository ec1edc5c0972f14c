"""Documents that could lie are written by the program, and compared here with what it says now."""

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from ektp.cli.main import main
from schemas.reasons import REASONS, WAITS
from workflows.alert_rules import ALERT_RULES
from workflows.card_issuance import State

ROOT = Path(__file__).parents[2]


def printed(*arguments: str) -> str:
    """Return what a command prints."""
    out = StringIO()
    with redirect_stdout(out):
        assert main(arguments) == 0
    return out.getvalue()


def lifecycle_page() -> str:
    """Return docs/lifecycle.md as it must be."""
    return (
        "# The life of a card\n\n![the life of a card](lifecycle.svg)\n\n"
        "Written by `ektp lifecycle`; a walk over everything that can be known proves it complete"
        " (`tests/unit/test_lifecycle.py`).\n\n```text\n" + printed("lifecycle") + "```\n"
    )


def reasons_page() -> str:
    """Return docs/reasons.md as it must be."""
    parked = "\n".join(f"| `{code}` | {why.meaning} | {why.remedy} |" for code, why in REASONS.items())
    held = "\n".join(f"| `{code}` | {why.meaning} | {why.remedy} |" for code, why in WAITS.items())
    head = "| code | meaning | what to do |\n|---|---|---|\n"
    return f"# Reasons\n\n## Parked: it cannot be\n{head}{parked}\n\n## Held: it has to wait\n{head}{held}\n"


def alert_rules_page() -> str:
    """Return docs/alert-rules.md as it must be."""
    rows = "\n".join(
        f"| `{name}` | {rule.severity} | {rule.audience} | {rule.means.en} | {rule.do.en} |"
        for name, rule in ALERT_RULES.items()
    )
    head = "| rule | severity | for | what it means | what to do |\n|---|---|---|---|---|\n"
    return f"# The rules of the watch\n\n{head}{rows}\n"


PAGES = {
    "alert-rules.md": alert_rules_page,
    "../deploy/prometheus-rules.yml": lambda: printed("alerts", "rules", "--prometheus"),
    "lifecycle.md": lifecycle_page,
    "lifecycle.svg": lambda: printed("lifecycle", "--format", "svg"),
    "reasons.md": reasons_page,
}


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_what_the_program_says_now(name: str, pytestconfig: pytest.Config) -> None:
    """Run with --rewrite-docs to write the pages anew."""
    page = ROOT / "docs" / name
    if pytestconfig.getoption("--rewrite-docs"):
        page.write_text(PAGES[name]())
    assert page.read_text() == PAGES[name]()


def test_every_state_and_every_file_the_readme_names_exists() -> None:
    """A link that leads nowhere, or a proof that is not there, would be a promise without a proof."""
    readme = (ROOT / "README.md").read_text()
    named = set(re.findall(r"(?:tests|docs|benchmarks|examples|schemas)/[\w./-]+\w", readme))
    missing = {name for name in named if not (ROOT / name).exists()}
    assert not missing
    assert all(state.value in readme for state in State if state is not State.NEW)
