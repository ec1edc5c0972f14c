"""What Prometheus and Grafana are given: every measure they name is in a real scrape, and promtool reads the rules."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, text

from consumers.journal import Journal
from ektp.storage.alerts.watch import PostgresAlertWatch
from ektp.web.measures.measures import Measures
from tests.histories import History
from tests.plain_time import PLAIN
from tests.stock import received, told
from workflows.alert_rules import ALERT_RULES
from workflows.watch import Limits

DEPLOY: Final = Path(__file__).parents[2] / "deploy"
RULES: Final = DEPLOY / "prometheus-rules.yml"
OF_PROMETHEUS: Final = {"up"}
_NAME: Final = re.compile(r"\b(ektp_[a-z_]+|up)\b")


def rules() -> list[dict[str, Any]]:
    """Return every rule of the file."""
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def panels() -> Iterator[tuple[str, str]]:
    """Yield the title and the expression of everything that the dashboard shows."""
    for panel in json.loads((DEPLOY / "grafana" / "ektp.json").read_text())["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


@pytest.fixture
def scrape(engine: Engine, open_journal: Callable[[], Journal]) -> str:
    """Give what a store with something of everything tells Prometheus."""
    journal = open_journal()
    journal.apply([*History().recorded().verified().submissions(), *told(received("AA001", "AA003"))])
    PostgresAlertWatch(engine, PLAIN, Limits(), lambda _: False, lambda: {"ektp.intake": (3, 1)}).watch()
    with engine.begin() as connection:
        connection.execute(text("insert into steps (kind, key, due, created, state)"
                                " values ('tell', 'letter/1', now(), now(), 'given-up')"))  # fmt: skip
    measures = Measures(engine, PLAIN)
    measures.answered("/", "GET", 500)
    return measures.written().decode()


def named(scrape: str) -> set[str]:
    """Return the names of all measures, also of those that count nothing yet."""
    families = list(text_string_to_metric_families(scrape))
    counted = {f"{family.name}_total" for family in families if family.type == "counter"}
    return counted | {family.name for family in families if family.type != "counter"}


def test_every_measure_that_is_named_is_there(scrape: str) -> None:
    """In the rules and on the dashboard."""
    known = named(scrape) | OF_PROMETHEUS
    asked = [(rule["alert"], rule["expr"]) for rule in rules()] + list(panels())
    missing = {(where, name) for where, expr in asked for name in _NAME.findall(expr) if name not in known}
    assert missing == set()
    assert all(_NAME.findall(expr) for _, expr in asked)
    assert len(list(panels())) > 20


def test_every_rule_of_the_watch_has_its_mirror_and_its_count(scrape: str) -> None:
    """With 0 where nothing is the matter, so that nothing is absent."""
    mirrored = {rule["expr"] for rule in rules()}
    assert {f'ektp_alerts_open{{rule="{name}"}} > 0' for name in ALERT_RULES} <= mirrored
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(scrape)
        for sample in family.samples
    }
    assert {name for (measure, *labels) in samples if measure == "ektp_alerts_open" for name in labels} == set(
        ALERT_RULES
    )
    assert samples["ektp_alerts_open", "calendar-not-final"] >= 1
    assert samples["ektp_alerts_open", "stuck"] == 0
    assert samples["ektp_queue_ready", "ektp.intake"] == 3
    assert samples["ektp_queue_consumers", "ektp.intake"] == 1
    assert samples["ektp_watch_age_seconds",] < 60
    assert samples["ektp_recount_age_seconds",] == float("inf")


@pytest.mark.promtool
def test_promtool_reads_the_rules_and_every_expression_of_the_dashboard(tmp_path: Path) -> None:
    """The dashboard's as if they were recorded."""
    recorded = [
        {"record": f"ektp:panel_{number}", "expr": expr.replace("$office", ".*")}
        for number, (_, expr) in enumerate(panels())
    ]
    (tmp_path / "panels.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": recorded}]}))
    for file, count in ((RULES, len(rules())), (tmp_path / "panels.yml", len(recorded))):
        done = subprocess.run(["promtool", "check", "rules", file], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"SUCCESS: {count} rules found" in done.stdout
