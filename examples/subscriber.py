"""Listens to the notices of a place: each once and in its sequence, whatever is delivered again."""
# ruff: noqa: INP001, T201

import json
import os
import sqlite3
import sys

import pika

pattern = sys.argv[1] if len(sys.argv) > 1 else "*.33.#"  # all notices of a province
name = sys.argv[2] if len(sys.argv) > 2 else "my-notices"
seen = sqlite3.connect(f"{name}.sqlite")
seen.execute("create table if not exists seen (id text primary key)")

channel = pika.BlockingConnection(pika.URLParameters(os.environ["EKTP_BROKER_URL"])).channel()
# One reader at a time keeps the order; a second one waits to take over.
arguments = {"x-queue-type": "quorum", "x-single-active-consumer": True}
channel.queue_declare(name, durable=True, arguments=arguments)
channel.queue_bind(name, "ektp.notices", pattern)
channel.basic_qos(prefetch_count=100)

for method, _properties, body in channel.consume(name):
    notice = json.loads(body)
    with seen:  # do what you do with a notice in this same transaction: both happen, or neither
        if seen.execute("insert or ignore into seen values (?)", [notice["id"]]).rowcount:
            print(notice["subject"], notice["sequence"], notice["type"], flush=True)
    channel.basic_ack(method.delivery_tag)
