"""The topology as RabbitMQ imports it: exchanges, queues and bindings, and nobody's account."""

from typing import Any

from ektp.broker.topology import BINDINGS, EXCHANGES, QUEUES


def document(vhost: str = "/") -> dict[str, Any]:
    """Return the definitions for one virtual host; importing them equals `ektp migrate` at the broker."""
    return {
        "vhosts": [{"name": vhost}],
        "exchanges": [
            {
                "name": exchange.name,
                "vhost": vhost,
                "type": exchange.kind,
                "durable": True,
                "auto_delete": False,
                "internal": False,
                "arguments": dict(exchange.arguments),
            }
            for exchange in EXCHANGES
        ],
        "queues": [
            {
                "name": queue.name,
                "vhost": vhost,
                "durable": True,
                "auto_delete": False,
                "arguments": dict(queue.arguments),
            }
            for queue in QUEUES
        ],
        "bindings": [
            {
                "source": binding.exchange,
                "vhost": vhost,
                "destination": binding.queue,
                "destination_type": "queue",
                "routing_key": binding.key,
                "arguments": {},
            }
            for binding in BINDINGS
        ],
    }
