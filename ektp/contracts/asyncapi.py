"""What is said over the broker as one AsyncAPI 3.1.0 document: who says what to whom, under which routing key."""

from collections.abc import Iterable
from typing import Any, Final

import yaml

from ektp.broker import topology
from ektp.contracts.examples import STATION, example
from ektp.contracts.schemas import FAMILIES, messages, model_schema
from schemas.cloudevents import STRUCTURED_TYPE
from schemas.events import OPERATOR_EVENTS, SYSTEM_EVENTS
from schemas.samples import OFFICE

#: The version of what is promised, not of the program: all messages are v1.
VERSION: Final = "1.4.0"
_BINDING: Final = {"bindingVersion": "0.3.0"}
_COMPONENT: Final = "#/components/schemas/{model}"
#: family -> what one of it is called, the exchange, what follows the name in the key, and what we do with it.
_WAYS: Final = {
    "events": ("event", topology.EVENTS, "station", "receive"),
    "notices": ("notice", topology.NOTICES, "office", "send"),
    "requests": ("request", topology.REQUESTS, "office", "send"),
    "feedback": ("feedback", topology.FEEDBACK, "station", "send"),
}
_LATE: Final = "late-events"
_DESCRIPTION: Final = f"""\
Carries applications for identity cards from the recording to the resident's hand.

Stations publish to `{topology.EVENTS}`, persistent, with confirms and `mandatory`; the same event may come any number
of times and in any order. Whoever listens binds a queue of their own to `{topology.NOTICES}` or `{topology.REQUESTS}`:
each message has a stable `id` (drop what you have seen) and a `sequence` without gaps per application. A station reads
what became of its own events from its queue `{topology.FEEDBACK}.<station>`.

Seen from the pipeline: it *receives* events and *sends* notices, requests and feedback. Events of operators and of the
pipeline itself do not come this way.
"""


def text() -> str:
    """Return the document as YAML."""
    return yaml.dump(document(), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=120)


def document() -> dict[str, Any]:
    """Return the document as plain values."""
    said = [(family, name) for family, name in messages() if _over_the_broker(family, name)]
    return {
        "asyncapi": "3.1.0",
        "info": {"title": "E-KTP pipeline", "version": VERSION, "description": _DESCRIPTION},
        "defaultContentType": STRUCTURED_TYPE,
        "servers": {"broker": _server()},
        "channels": {**{_key(*one): _channel(*one) for one in said}, _LATE: _late_channel(said)},
        "operations": {
            **{f"{_WAYS[family][3]}-{_key(family, name)}": _operation(family, name) for family, name in said},
            f"receive-{_LATE}": _late_operation(said),
        },
        "components": {
            "schemas": _schemas(said),
            "messages": {_key(*one): _message(*one) for one in said},
            "parameters": _parameters(),
            "correlationIds": {
                "subject": {"description": "What it is about.", "location": "$message.payload#/subject"}
            },
            "securitySchemes": {"account": {"type": "userPassword", "description": "The station's own account."}},
        },
    }


class _Plain(yaml.SafeDumper):
    """Writes out what stands in two places twice, and long texts as blocks."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the base class asks so
        return True


def _as_block(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Plain.add_representer(str, _as_block)


def _over_the_broker(family: str, name: str) -> bool:
    return family != "events" or name not in OPERATOR_EVENTS | SYSTEM_EVENTS


def _key(family: str, name: str) -> str:
    return f"{_WAYS[family][0]}-{name}"


def _server() -> dict[str, Any]:
    return {
        "host": "{host}:{port}",
        "pathname": "/{vhost}",
        "protocol": "amqp",
        "protocolVersion": "0.9.1",
        "description": "RabbitMQ 3.10 or newer.",
        "variables": {"host": {"default": "localhost"}, "port": {"default": "5672"}, "vhost": {"default": "%2F"}},
        "security": [{"$ref": "#/components/securitySchemes/account"}],
    }


def _exchange(name: str) -> dict[str, Any]:
    spec = next(one for one in topology.EXCHANGES if one.name == name)
    exchange = {"name": spec.name, "type": spec.kind, "durable": True, "autoDelete": False}
    return {"amqp": {"is": "routingKey", "exchange": exchange, **_BINDING}}


def _channel(family: str, name: str) -> dict[str, Any]:
    _, exchange, after, _ = _WAYS[family]
    return {
        "address": f"{name}.{{{after}}}",
        "messages": {_key(family, name): {"$ref": f"#/components/messages/{_key(family, name)}"}},
        "parameters": {after: {"$ref": f"#/components/parameters/{after}"}},
        "bindings": _exchange(exchange),
    }


def _operation(family: str, name: str) -> dict[str, Any]:
    key = _key(family, name)
    return _on_channel(_WAYS[family][3], key, [key], _summary(family, name))


def _late_channel(said: Iterable[tuple[str, str]]) -> dict[str, Any]:
    events = [name for family, name in said if family == "events"]
    keys = [_key("events", name) for name in events]
    return {
        "address": "{event}.{station}.late",
        "description": "The backlog of a station: what is older than ten minutes, read when nothing newer waits.",
        "messages": {key: {"$ref": f"#/components/messages/{key}"} for key in keys},
        "parameters": {
            "event": {"description": "The event's name.", "enum": events},
            "station": {"$ref": "#/components/parameters/station"},
        },
        "bindings": _exchange(topology.EVENTS),
    }


def _late_operation(said: Iterable[tuple[str, str]]) -> dict[str, Any]:
    keys = [_key(family, name) for family, name in said if family == "events"]
    return _on_channel("receive", _LATE, keys, "A station sends what it could not send before.")


def _on_channel(action: str, channel: str, keys: Iterable[str], summary: str) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{channel}/messages/{key}"} for key in keys],
        "bindings": {"amqp": {"deliveryMode": 2, "mandatory": True, "ack": True, **_BINDING}},
    }


def _message(family: str, name: str) -> dict[str, Any]:
    return {
        "name": f"id.ektp.{name}.v1",
        "title": name,
        "summary": _summary(family, name),
        "contentType": STRUCTURED_TYPE,
        "correlationId": {"$ref": "#/components/correlationIds/subject"},
        "payload": {"$ref": _COMPONENT.format(model=_key(family, name))},
        "examples": [{"name": name, "payload": example(family, name)}],
    }


def _summary(family: str, name: str) -> str:
    return (FAMILIES[family][name].__doc__ or "").partition("\n")[0]


def _schemas(said: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the schema of each message, and of each part once, whichever messages share it."""
    found: dict[str, Any] = {}
    for family, name in said:
        whole = model_schema(family, name, _COMPONENT)
        for part, schema in {**whole.pop("$defs", {}), _key(family, name): whole}.items():
            assert found.setdefault(part, schema) == schema, f"two different models are called {part}"
    return dict(sorted(found.items()))


def _parameters() -> dict[str, Any]:
    return {
        "station": {
            "description": "Whose event it is: the station's AMQP account, a-z, 0-9 and _, 3 to 32 long.",
            "examples": [STATION],
        },
        "office": {
            "description": "A region code with its dots: bind `*.33.74.#` for a regency and its kecamatan, `*.33.#`"
            " for a province.",
            "examples": [OFFICE],
        },
    }
