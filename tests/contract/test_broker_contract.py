"""What others read of the broker: the AsyncAPI document and the definitions, held against the broker itself."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from ektp.broker import topology
from ektp.contracts import definitions
from ektp.contracts.schemas import messages
from schemas.events import EVENTS, OPERATOR_EVENTS, SYSTEM_EVENTS
from schemas.routing import read_key
from tests.amqp_client import Client, declare
from tests.servers.rabbit import PrivateRabbit, vhost_of

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "docs" / "contracts"
OFFICIAL = ROOT / "tests" / "data" / "asyncapi-specs-6.11.1" / "3.1.0.json"
DECLARED = ("exchanges", "queues", "bindings")
#: Said at the other doors only.
ELSEWHERE = {("events", name) for name in OPERATOR_EVENTS | SYSTEM_EVENTS}


def asyncapi() -> dict[str, Any]:
    """Return the committed document."""
    read: dict[str, Any] = yaml.safe_load((COMMITTED / "asyncapi.yaml").read_text())
    return read


def declared(rabbit: PrivateRabbit, url: str) -> dict[str, list[str]]:
    """Return what a virtual host has, whatever the order, without its name."""
    found = rabbit.definitions(url)
    return {kind: sorted(json.dumps({**one, "vhost": ""}, sort_keys=True) for one in found[kind]) for kind in DECLARED}


def references(value: object) -> Iterator[str]:
    """Give every $ref below a value."""
    match value:
        case {"$ref": str(reference)}:
            yield reference
        case dict():
            for one in value.values():
                yield from references(one)
        case list():
            for one in value:
                yield from references(one)
        case _:
            pass


def test_the_asyncapi_document_follows_the_official_schema() -> None:
    """AsyncAPI 3.1.0 as its makers publish it; and the check can fail."""
    official, document = Draft7Validator(json.loads(OFFICIAL.read_text())), asyncapi()
    assert [error.message for error in official.iter_errors(document)] == []
    document["operations"]["receive-event-recorded"]["action"] = "eat"
    assert not official.is_valid(document)


def test_every_message_has_an_operation_under_its_real_key() -> None:
    """Of each exchange that there is; only what comes by no broker is left out."""
    document = asyncapi()
    told = {
        (channel["bindings"]["amqp"]["exchange"]["name"], channel["address"].partition(".")[0])
        for channel in document["channels"].values()
    }
    here = {("ektp." + family, name) for family, name in messages() if (family, name) not in ELSEWHERE}
    assert told == here | {(topology.EVENTS, "{event}")}
    used = {one["channel"]["$ref"].rpartition("/")[2] for one in document["operations"].values()}
    assert used == set(document["channels"])
    kinds = {one.name: one.kind for one in topology.EXCHANGES}
    for channel in document["channels"].values():
        exchange = channel["bindings"]["amqp"]["exchange"]
        assert exchange["type"] == kinds[exchange["name"]]


def test_the_keys_of_the_document_reach_the_queues(amqp_url: str, rabbit: PrivateRabbit) -> None:
    """Each address, filled in as its parameters show, is read by us and routed by the broker."""
    declare(amqp_url)
    client, document = Client(amqp_url), asyncapi()
    parameters = document["components"]["parameters"]
    for channel in document["channels"].values():
        if channel["bindings"]["amqp"]["exchange"]["name"] == topology.EVENTS:
            key = channel["address"].format(event="recorded", station=parameters["station"]["examples"][0])
            assert read_key(key).event in EVENTS
            client.tell(key, b"{}")
            queue = topology.LATE_QUEUE if key.endswith(".late") else topology.INTAKE_QUEUE
            method, _, _ = client.take(queue) or pytest.fail(f"{key} is not in {queue}")
            assert method.routing_key == key
    client.close()


def test_every_reference_leads_somewhere_and_every_example_is_valid() -> None:
    """The official schema looks at neither."""
    document = asyncapi()
    for reference in references(document):
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
    for message in document["components"]["messages"].values():
        payload = {"$ref": message["payload"]["$ref"], "components": document["components"]}
        for one in message["examples"]:
            assert Draft7Validator(payload).is_valid(one["payload"]), message["title"]
            assert not Draft7Validator(payload).is_valid({**one["payload"], "type": "id.ektp.nothing.v1"})


def test_the_definitions_are_what_we_declare(amqp_url: str, rabbit: PrivateRabbit) -> None:
    """Imported by the management interface into one virtual host, declared in another: no difference, no conflict."""
    declare(amqp_url)
    with rabbit.vhost() as imported, rabbit.vhost() as whole:
        rabbit.load_definitions(imported, json.loads((COMMITTED / "definitions.json").read_text()))
        rabbit.ask("POST", "definitions", definitions.document(vhost_of(whole)))
        for url in (imported, whole):
            assert declared(rabbit, url) == declared(rabbit, amqp_url)
            declare(url)
            assert declared(rabbit, url) == declared(rabbit, amqp_url)


def test_the_definitions_name_their_virtual_host_and_nobody() -> None:
    """Accounts and passwords are nobody's business in a repository."""
    made = definitions.document("ektp")
    assert set(made) == {"vhosts", *DECLARED}
    assert made["vhosts"] == [{"name": "ektp"}]
    assert {one["vhost"] for kind in DECLARED for one in made[kind]} == {"ektp"}
