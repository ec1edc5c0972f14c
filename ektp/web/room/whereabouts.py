"""Where one looks when an alert is open: the page, narrowed to what it is about."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from ektp.web.words import Language
from workflows.alert_letters import said
from workflows.alert_rules import (
    BEAT,
    CONSUMER,
    DRIFT,
    GENERAL_RULES,
    HELD,
    LOW,
    OUTBOX,
    PARKED,
    QUEUE,
    STEPS,
    STUCK,
)
from workflows.stations import SECURITY

Told = Mapping[str, Any]


def _of_the_office(page: str) -> Callable[[Told], str]:
    return lambda alert: f"{page}?{urlencode({'office': alert['office']})}" if alert["office"] else page


def _parked(alert: Told) -> str:
    reason, _, station = alert["about"].partition("/")
    return f"/parked?{urlencode({'reason': reason, **({'station': station} if alert['station'] else {})})}"


_PLACES: Final[Mapping[str, Callable[[Told], str]]] = {
    STUCK: _of_the_office("/deadlines"),
    HELD: _of_the_office("/deadlines"),
    LOW: _of_the_office("/stock"),
    PARKED: _parked,
    SECURITY: lambda _: "/parked?reason=sender-not-allowed",
    DRIFT: lambda _: "/",
    **dict.fromkeys((OUTBOX, QUEUE, CONSUMER, STEPS, BEAT), lambda _: "/queues"),
}


def told(alerts: Iterable[Told], language: Language) -> list[dict[str, Any]]:
    """Return alerts with what was found in words (`said`), and where one looks (`where`)."""
    return [
        {**one, "said": said(one["rule"], one["detail"], language, one["office"] or ""), "where": whereabouts(one)}
        for one in alerts
    ]


def whereabouts(alert: Told) -> str | None:
    """Return the address of the page where one looks; None where there is none. *alert* is one of `reading.alerts`."""
    if (place := _PLACES.get(alert["rule"])) is not None:
        return place(alert)
    if alert["rule"] in GENERAL_RULES or not alert["station"]:
        return None
    return f"/stations/{quote(alert['station'])}"
