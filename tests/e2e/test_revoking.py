"""An account is revoked while it sends: its connection is closed, it never gets in again, and nothing more counts."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pika
import pika.exceptions
import pytest

from ektp.broker.topology import EVENTS
from tests.conftest import Eventually
from tests.e2e.accounts import rows
from tests.e2e.conftest import Figures
from tests.e2e.logins import opening
from tests.e2e.pipeline import Pipeline
from tests.e2e.town_of_accounts import HOME, STRUCTURED, Town
from tests.servers.rabbit import PrivateRabbit

LIMIT = 5.0  # seconds from the moment at which it is written down to the last event that the broker takes
PACE = 0.01  # seconds between two events


class Sender(threading.Thread):
    """A station that sends without pause on one connection, and opens another as soon as it is closed."""

    def __init__(self, people: Town) -> None:
        super().__init__(daemon=True)
        self._people = people
        self.confirmed: list[tuple[float, str]] = []
        self.refused = 0
        self.over = threading.Event()

    def run(self) -> None:
        """Send until told to stop."""
        while not self.over.is_set():
            try:
                with self._people.channel(self._people.login("honest").url) as channel:
                    channel.confirm_delivery()
                    self._send(channel)
            except (pika.exceptions.AMQPError, OSError):
                self.refused += 1
                self.over.wait(0.05)

    def _send(self, channel: Any) -> None:
        people, key = self._people, f"recorded.{self._people.name('honest')}"
        settings = pika.BasicProperties(user_id=people.name("honest"), content_type=STRUCTURED, delivery_mode=2)
        while not self.over.is_set():
            event = people.event("honest", "recorded", office=HOME)
            channel.basic_publish(EVENTS, key, json.dumps(event).encode(), settings, mandatory=True)
            self.confirmed.append((time.time(), event["id"]))
            self.over.wait(PACE)


@pytest.fixture
def people(pipeline: Pipeline, rabbit: PrivateRabbit, eventually: Eventually) -> Iterator[Town]:
    """Give a town with one station and its intake."""
    made = Town(pipeline, rabbit, eventually)
    try:
        made.add("honest", "station", HOME)
        pipeline.start_all("consume")
        yield made
    finally:
        made.close()


@pytest.mark.slow
def test_a_revoked_station_is_out_within_five_seconds_while_it_sends(
    people: Town, eventually: Eventually, figures: Figures
) -> None:
    """Measured from the moment at which it is written down; how long the command takes to get there is told too."""
    sender = Sender(people)
    sender.start()
    eventually(lambda: len(sender.confirmed) > 50)
    typed = time.time()
    told = people.pipeline.ask("stations", "revoke", people.name("honest"), "--because", "the laptop was stolen")
    took = time.time() - typed
    assert told == {"station": people.name("honest"), "revoked": True}
    refused = sender.refused
    eventually(lambda: sender.refused > refused + 5)
    last = sender.confirmed[-1][0]
    sender.over.set()
    sender.join(10)
    # One that was on its way when the connection was closed may have arrived without a confirm.
    eventually(lambda: _settled(people) >= len(sender.confirmed))
    applied = {str(row[0]) for row in rows(people.pipeline, "select id from history")}
    revoked = float(rows(people.pipeline, "select extract(epoch from revoked) from stations")[0][0])
    counted = [moment for moment, identity in sender.confirmed if identity in applied]
    lost = len(sender.confirmed) - len(counted)
    figures(
        f"revoked while sending: the command took {took:.2f} s, it was written down after {revoked - typed:.2f} s;"
        f" the last event was confirmed {last - revoked:+.2f} s from then,"
        f" the last that counts {counted[-1] - revoked:+.2f} s; of {len(sender.confirmed)} sent {lost} were parked"
    )
    assert last - revoked < LIMIT
    assert opening(people.login("honest").url) == "login refused"
    assert rows(people.pipeline, "select distinct reason from parked") in ([], [("sender-not-allowed",)])
    assert not any(user["name"] == people.name("honest") for user in people.rabbit.ask("GET", "users"))


@pytest.mark.slow
def test_a_revoked_station_whose_account_the_broker_still_has_counts_for_nothing(
    people: Town, eventually: Eventually, figures: Figures
) -> None:
    """The management interface is away: the station goes on sending, the intake parks all of it, and it hears why."""
    sender = Sender(people)
    sender.start()
    eventually(lambda: len(sender.confirmed) > 50)
    known = people.pipeline.environment
    people.pipeline.environment = {**known, "EKTP_BROKER_MANAGEMENT_URL": "http://127.0.0.1:1"}
    people.pipeline.run("stations", "revoke", people.name("honest"), "--because", "stolen", expect=3)
    people.pipeline.environment = known
    eventually(lambda: rows(people.pipeline, "select count(*) from parked")[0][0] > 50, 30)
    sender.over.set()
    sender.join(10)
    eventually(lambda: _settled(people) == len(sender.confirmed))
    applied = {str(row[0]) for row in rows(people.pipeline, "select id from history")}
    revoked = float(rows(people.pipeline, "select extract(epoch from revoked) from stations")[0][0])
    last = max(moment for moment, identity in sender.confirmed if identity in applied)
    parked = len(sender.confirmed) - len(applied)
    figures(f"revoked at the centre alone: the last event that counts {last - revoked:+.2f} s; {parked} were parked")
    assert last - revoked < LIMIT
    broken = rows(people.pipeline, "select key, sum(delta)::int from tallies where kind = 'security' group by key")
    assert broken == [("revoked", parked)]


@pytest.mark.slow
def test_a_renewed_station_has_new_credentials_and_the_old_ones_are_void(people: Town) -> None:
    """Its connections with the old password are closed, and what it sends with the new one is applied."""
    old = people.login("honest")
    with people.channel(old.url) as channel:
        told = people.pipeline.ask("stations", "add", people.name("honest"), "--renew")
        assert (told["role"], told["office"], told["user"]) == ("station", HOME, old.user)
        assert told["password"] != old.password
        with pytest.raises(pika.exceptions.AMQPError):
            channel.connection.process_data_events(time_limit=5)
    assert opening(old.url) == "login refused"
    people.knows("honest", told["user"], told["password"])
    people.applied(people.recorded())


def _settled(people: Town) -> int:
    """Return how many events were applied or parked."""
    return int(rows(people.pipeline, "select (select count(*) from history) + (select count(*) from parked)")[0][0])
