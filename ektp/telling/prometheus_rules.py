"""The alerts as Prometheus knows them: each rule mirrored, and what only somebody outside can notice."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from workflows.alert import Severity
from workflows.alert_rules import ALERT_RULES

_HEAD: Final = (
    "# Written by `ektp alerts rules --prometheus`. The first group mirrors the rules of `ektp alerts`; the second\n"
    "# notices what the pipeline cannot say of itself.\n"
)
_OUTSIDE: Final = (
    ("EktpDown", 'up{job="ektp"} == 0', "2m", Severity.CRITICAL,
     "The web does not answer.", "Start `ektp web`; `ektp doctor` looks at the rest."),
    ("EktpStoreAway", "ektp_store_up == 0", "1m", Severity.CRITICAL,
     "The web answers, and its database does not.", "Look at PostgreSQL: `ektp doctor`."),
    ("EktpNobodyWatches", "ektp_watch_age_seconds > 300", "1m", Severity.CRITICAL,
     "No step and no intake has looked for five minutes: no alert opens or closes, and nobody is told.",
     "Start `ektp worker`, `ektp beat` and `ektp consume`."),
    ("EktpNobodyRecounts", "ektp_recount_age_seconds > 1800", "5m", Severity.WARNING,
     "The counts were not compared with what is there for half an hour.", "Look at `ektp worker` and `ektp beat`."),
    ("EktpOutboxWaits", "ektp_outbox_oldest_age_seconds > 300", "1m", Severity.CRITICAL,
     "A letter has waited for five minutes, whoever watches.", "Look at `ektp relay` and the broker."),
    ("EktpLetterNotDelivered", 'ektp_steps{kind="tell",state="given-up"} > 0', "1m", Severity.WARNING,
     "A receiver could not be told of an alert for two days.", "Try it: `ektp alerts try RECEIVER`."),
    ("EktpServerErrors", 'sum(rate(ektp_http_requests_total{status=~"5.."}[5m])) > 0.1', "5m", Severity.WARNING,
     "The web answers with errors of its own.", "Read its log."),
    ("EktpForged", "increase(ektp_security_events_total[10m]) > 0", "0m", Severity.WARNING,
     "Somebody said what they may not say.", "See `ektp parked list --reason sender-not-allowed`."),
)  # fmt: skip


def prometheus_rules() -> str:
    """Return the file of rules, as `promtool check rules` reads it."""
    groups = [{"name": "ektp", "rules": list(_mirrored())}, {"name": "ektp-outside", "rules": list(_outside())}]
    return _HEAD + yaml.safe_dump({"groups": groups}, sort_keys=False, width=120, allow_unicode=True)


def _mirrored() -> Iterator[Mapping[str, Any]]:
    for name, rule in ALERT_RULES.items():
        title = "Ektp" + "".join(word.capitalize() for word in name.split("-"))
        expression = f'ektp_alerts_open{{rule="{name}"}} > 0'
        yield _rule(title, expression, "1m", rule.severity, rule.means.en, rule.do.en)


def _outside() -> Iterator[Mapping[str, Any]]:
    for row in _OUTSIDE:
        yield _rule(*row)


def _rule(*row: str) -> Mapping[str, Any]:
    title, expression, patience, severity, means, do = row
    return {
        "alert": title,
        "expr": expression,
        "for": patience,
        "labels": {"severity": str(severity)},
        "annotations": {"summary": means, "description": do},
    }
