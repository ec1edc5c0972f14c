"""Publishes one recording as any station can: persistent, mandatory, and done only with the broker's confirm."""
# ruff: noqa: INP001, S311, T201

import json
import os
import random
import sys
import uuid
from datetime import UTC, datetime

import pika
import pika.exceptions

station = sys.argv[1] if len(sys.argv) > 1 else "st337401"
event = {
    "specversion": "1.0",
    "id": str(uuid.uuid4()),  # the same again when you send the same fact again
    "source": f"/stations/{station}",
    "type": "id.ektp.recorded.v1",
    "subject": str(uuid.uuid4()),  # the application: kept by the station for every later attempt
    "time": datetime.now(UTC).isoformat(),
    "data": {
        "nik": f"337410650899{random.randint(9900, 9999)}",  # nobody's: no serial is that high
        "office": "33.74.10",
        "attempt": 1,
        "enrolment": f"E-{station}-000001",
        "channel": "kecamatan",
        "reason": "first",
    },
}
properties = pika.BasicProperties(content_type="application/cloudevents+json", delivery_mode=2)
try:
    with pika.BlockingConnection(pika.URLParameters(os.environ["EKTP_BROKER_URL"])) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.basic_publish("ektp.events", f"recorded.{station}", json.dumps(event), properties, mandatory=True)
except pika.exceptions.AMQPError as error:
    sys.exit(f"not taken, send it again later with the same id: {error!r}")
print(event["subject"])
