"""The subscribers in the room: seen by whoever may, and paused, mended and sent something once more by an admin."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from ektp.bootstrap import Parts
from ektp.reading.audit import audit_rows
from ektp.reading.snapshot import snapshot
from ektp.storage.engine import transaction
from ektp.subscribers.following import Following
from tests.audit_key import AUDIT_KEY_TEXT
from tests.servers.rabbit import PrivateRabbit, vhost_of
from tests.subscribed import named
from tests.visitor import Visitor, added
from tests.web_client import WebClient, parts_on, served
from workflows.subscriptions import Subscription

KNOWN = "insert into subscribers (name, notices, offices, added_by) values (%s, '{}', %s, 'budi')"


def visitor(web: WebClient, parts: Parts, *roles: str, office: str = "all") -> Visitor:
    """Give the browser of somebody."""
    one = Visitor(web)
    one.sign_in(added(parts, f"p-{'-'.join(roles)}-{office}", *roles, office=office))
    return one


@pytest.fixture
def hall(database_url: str, amqp_url: str, rabbit: PrivateRabbit, tmp_path: Path) -> Iterator[Parts]:
    """Give the parts of a web process that has a broker."""
    given = {"broker_url": SecretStr(amqp_url), "broker_management_url": SecretStr(rabbit.management_url)}
    with parts_on(database_url, tmp_path, audit_key=SecretStr(AUDIT_KEY_TEXT), **given) as made:
        made.declare_topology()
        yield made


def test_whoever_is_there_for_some_offices_sees_those_that_hear_of_these_only(web: WebClient, parts: Parts) -> None:
    """On the page, in its details and over the API; one that hears of the whole country is for all offices."""
    with transaction(parts.engine) as connection:
        for name, offices in (("country", []), ("semarang", ["33.74"]), ("pedurungan", ["33.74.06"]),
                              ("two", ["33.74", "33.19"])):  # fmt: skip
            connection.execute(KNOWN, [name, offices])
    every, some = visitor(web, parts, "viewer"), visitor(web, parts, "viewer", office="33.74")
    for name, inside in (("country", False), ("semarang", True), ("pedurungan", True), ("two", False)):
        address = f"/subscribers/{name}"
        assert (every.get(address).status, some.get(address).status) == (200, 200 if inside else 404)
        assert (address in every.get("/subscribers").text, address in some.get("/subscribers").text) == (True, inside)
    told = [one["subscriber"] for one in web.get("/api/v1/subscribers").json]
    assert told == ["country", "pedurungan", "semarang", "two"]
    assert "/pause" not in every.get("/subscribers/country").text


def test_without_a_broker_there_is_none_and_that_is_said(web: WebClient, parts: Parts) -> None:
    """In words, and a measure that nobody knows is left out."""
    assert "need a RabbitMQ" in visitor(web, parts, "viewer").get("/subscribers").text
    assert "ektp_subscriber_lag{" not in web.get("/metrics").text


def test_an_admin_pauses_mends_and_sends_again(hall: Parts, rabbit: PrivateRabbit) -> None:
    """Each with its reason, noted in the audit, and shown on the page and to Prometheus."""
    with named(rabbit, "sms") as (name,), served(hall) as web:
        hall.subscribers().add(Subscription(name, ("application-printed",)), "budi")
        admin, path = visitor(web, hall, "admin"), f"/subscribers/{name}"
        for other in (visitor(web, hall, "operator"), visitor(web, hall, "auditor")):
            assert other.post(f"{path}/pause", {"csrf": other.csrf("/subscribers"), "because": "x"}).status == 403
        csrf = admin.csrf(path)
        assert admin.post(f"{path}/pause", {"csrf": csrf, "because": " "}).status == 422
        assert admin.post(f"{path}/pause", {"csrf": csrf, "because": "it drowns"}).headers["location"] == path
        assert "it drowns" in admin.get(path).text
        (granted,) = rabbit.ask("GET", f"users/{name}/permissions")
        assert granted["read"] == "^$"
        assert admin.post(f"{path}/resume", {"csrf": csrf}).status == 303
        place = f"bindings/{vhost_of(hall.broker_url())}/e/ektp.notices/q/ektp.subscribers.{name}"
        (bound,) = rabbit.ask("GET", place)
        rabbit.ask("DELETE", f"{place}/{bound['properties_key'].replace('#', '%23')}")
        look = Following(hall.engine, hall.broker_url(), hall.settings.management()).look
        look()
        assert "binding application-printed.# is missing" in admin.get(path).text
        assert admin.post(f"{path}/mend", {"csrf": csrf}).status == 303
        look()
        assert "as registered" in admin.get(path).text
        for form in ({"hours": "0"}, {"hours": "x"}, {"resi": "ABC-DEF"}, {"resi": "A", "number": "x"}):
            assert admin.post(f"{path}/replay", {"csrf": csrf, "because": "x", **form}).status == 422
        again = {"csrf": csrf, "because": "it was away", "hours": "24"}
        assert admin.post(f"{path}/replay", again).headers["location"] == path
        assert ("it was away" in admin.get(path).text, "being sent again" in admin.get(path).text) == (True, True)
        (one,) = web.get("/api/v1/subscribers").json
        assert (one["subscriber"], one["lag"], one["wrong"], one["paused"]) == (name, 0, [], None)
        assert f'ektp_subscriber_lag{{subscriber="{name}"}} 0.0' in web.get("/metrics").text
        assert admin.post("/subscribers/nobody/mend", {"csrf": csrf}).status == 404
    with snapshot(hall.engine) as connection:
        acts = [(row["actor"], row["what"]) for row in audit_rows(connection) if row["what"].startswith("subscriber-")]
    told = ("replayed", "mended", "resumed", "paused")
    assert acts == [*(("p-admin-all", f"subscriber-{what}") for what in told), ("budi", "subscriber-added")]


def test_that_the_broker_could_not_be_reached_is_said(database_url: str, tmp_path: Path) -> None:
    """What was written down here is shown; what can only be done there was not done."""
    broker = SecretStr("amqp://guest:guest@127.0.0.1:1/")
    with parts_on(database_url, tmp_path, broker_url=broker) as parts, served(parts) as web:
        with transaction(parts.engine) as connection:
            connection.execute(KNOWN, ["sms", []])
        admin = visitor(web, parts, "admin")
        csrf = admin.csrf("/subscribers/sms")
        reply = admin.post("/subscribers/sms/pause", {"csrf": csrf, "because": "it drowns"})
        assert (reply.status, "could not be reached" in reply.text, "it drowns" in reply.text) == (503, True, True)
        assert admin.post("/subscribers/sms/resume", {"csrf": csrf}).status == 503
        assert "it drowns" in admin.get("/subscribers/sms").text
