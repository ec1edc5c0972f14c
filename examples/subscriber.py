"""Reads its own queue of notices: each once, and those of one application in their sequence, whatever comes twice."""
# ruff: noqa: INP001, T201

import json
import os
import sqlite3
import sys
from urllib.parse import urlsplit

import pika

url = os.environ["EKTP_BROKER_URL"]  # amqp://NAME:PASSWORD@host/vhost, as `ektp subscribers add NAME` printed it
queue = f"ektp.subscribers.{urlsplit(url).username}"
kept = sqlite3.connect("notices.sqlite")
kept.execute("create table if not exists notices (id text primary key, series text, number int, body text, told int)")
kept.execute("create index if not exists series on notices (series, told, number)")
kept.execute("create index if not exists told on notices (told)")
LAST = "select ifnull(max(number), 0) from notices where series = :series and told is not null"
# Whoever hears all notices waits for the one before; whoever hears some takes what is newer than the last.
NEXT = "number > (%s)" if "--some" in sys.argv else "number = 1 + (%s)"
NEXT = f"select id, body from notices where series = :series and told is null and {NEXT % LAST} order by number"  # noqa: S608
DONE = "update notices set told = (select 1 + ifnull(max(told), 0) from notices) where id = ?"


def take(notice: dict) -> None:
    """Keep a notice; then do what you do with it, and with those that waited for it: all of that, or nothing."""
    # What does not say where an application stands (stock-low, recording-missing) is in no series.
    series, number = (notice["subject"], notice["sequence"]) if "state" in notice["data"] else (notice["id"], 1)
    with kept:
        row = [notice["id"], series, int(number), json.dumps(notice)]
        kept.execute("insert or ignore into notices values (?, ?, ?, ?, null)", row)
        while found := kept.execute(NEXT, {"series": series}).fetchone():
            kept.execute(DONE, found[:1])
            told = json.loads(found[1])  # this is where you do it
            print(told["subject"], told["sequence"], told["type"], flush=True)


channel = pika.BlockingConnection(pika.URLParameters(url)).channel()
channel.basic_qos(prefetch_count=100)
for method, _properties, body in channel.consume(queue):
    take(json.loads(body))
    channel.basic_ack(method.delivery_tag)
