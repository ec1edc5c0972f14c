"""A town where every account is known: an honest station, its forging neighbours, and a pipeline between them."""

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

import pika

from ektp.broker.topology import EVENTS
from schemas.samples import valid_event
from tests.conftest import Eventually
from tests.e2e.accounts import rows
from tests.e2e.pipeline import Pipeline
from tests.servers.rabbit import PrivateRabbit, vhost_of

STRUCTURED: Final = "application/cloudevents+json"
HOME: Final = "33.74.10"  #: Of the honest station.
ELSEWHERE: Final = "33.19"  #: Of everybody who forges.
#: Who there is: the honest station, one forger for each role, one that was revoked, one the registry does not know.
ROLES: Final = {
    "honest": ("station", HOME),
    "forger": ("station", ELSEWHERE),
    "centre": ("centre", ELSEWHERE),
    "warehouse": ("warehouse", ELSEWHERE),
    "printer": ("printer", ELSEWHERE),
    "counter": ("counter", ELSEWHERE),
    "revoked": ("station", ELSEWHERE),
}


class Login(NamedTuple):
    """What a client of the broker needs."""

    user: str
    password: str
    url: str


class Town:
    """The accounts, and what each can do with a client that is not ours."""

    def __init__(self, pipeline: Pipeline, rabbit: PrivateRabbit, eventually: Eventually) -> None:
        self.pipeline, self.rabbit, self._eventually = pipeline, rabbit, eventually
        self.vhost = vhost_of(pipeline.broker_url)
        self._mark = secrets.token_hex(3)
        self._logins: dict[str, Login] = {}
        self._nik = 0
        pipeline.environment = {**pipeline.environment, "EKTP_BROKER_MANAGEMENT_URL": rabbit.management_url}

    def name(self, who: str) -> str:
        """Return the name of an account; no other test run has it."""
        return f"{who}_{self._mark}"

    def login(self, who: str) -> Login:
        """Return how it logs in; `admin` is the account of the pipeline itself."""
        if who == "admin":
            parts = urlsplit(self.pipeline.broker_url)
            return Login(parts.username or "guest", parts.password or "guest", self.pipeline.broker_url)
        return self._logins[who]

    def add(self, who: str, role: str, office: str) -> Login:
        """Add a station by the command."""
        told = self.pipeline.ask("stations", "add", self.name(who), "--role", role, "--office", office)
        return self.knows(who, told["user"], told["password"])

    def knows(self, who: str, user: str, password: str) -> Login:
        """Remember how somebody logs in."""
        parts = urlsplit(self.pipeline.broker_url)
        netloc = f"{user}:{password}@{parts.netloc.rpartition('@')[2]}"
        self._logins[who] = Login(user, password, parts._replace(netloc=netloc).geturl())
        return self._logins[who]

    def plant(self, who: str, **rights: str) -> Login:
        """Make an account at the broker alone, with the rights a station has if not said otherwise."""
        name, password = self.name(who), secrets.token_hex(16)
        given = {"configure": "^$", "write": r"^ektp\.events$", "read": "^$", **rights}
        self.rabbit.ask("PUT", f"users/{name}", {"password": password, "tags": ""})
        self.rabbit.ask("PUT", f"permissions/{self.vhost}/{name}", given)
        return self.knows(who, name, password)

    def event(self, who: str, name: str, **said: Any) -> dict[str, Any]:
        """Return an event as this account says it: of its own source, with an id of its own."""
        given = {"id": uuid4(), "source": f"/stations/{self.name(who)}", "subject": uuid4(), **said}
        if name == "recorded" and "nik" not in said:
            self._nik += 1
            given["nik"] = f"337410650899{self._nik:04d}"
        return valid_event(name, **given)

    def recorded(self) -> str:
        """Let the honest station record somebody, and return the application."""
        event = self.event("honest", "recorded", office=HOME)
        self.send("honest", f"recorded.{self.name('honest')}", event)
        return str(event["subject"])

    def applied(self, application: str) -> None:
        """Wait until the recording of this application was applied."""
        query = f"select 1 from history where application = '{application}' and outcome = 'applied'"
        self._eventually(lambda: rows(self.pipeline, query))

    def overheard(self) -> dict[str, Any]:
        """Return an event of the honest station that was applied, word for word."""
        event = self.event("honest", "recorded", office=HOME)
        self.send("honest", f"recorded.{self.name('honest')}", event)
        self.applied(str(event["subject"]))
        return event

    def without_topic(self, who: str) -> None:
        """Take away an account's topic permission, as somebody may by mistake; then it may write under any key."""
        self.rabbit.ask("DELETE", f"topic-permissions/{self.vhost}/{self.name(who)}")

    def send(self, who: str, key: str, event: Mapping[str, Any], /, **properties: Any) -> None:
        """Publish one event with a confirm; the user id is the account's own if not said otherwise."""
        login = self.login(who)
        settings = {"user_id": login.user, "content_type": STRUCTURED, "delivery_mode": 2, **properties}
        with self.channel(login.url) as channel:
            channel.confirm_delivery()
            body = settings.pop("body", None) or json.dumps(event).encode()
            exchange = settings.pop("exchange", EVENTS)
            channel.basic_publish(exchange, key, body, pika.BasicProperties(**settings), mandatory=True)

    @contextmanager
    def channel(self, url: str) -> Iterator[Any]:
        """Give a channel of a client that is not ours."""
        connection = pika.BlockingConnection(pika.URLParameters(url))
        try:
            yield connection.channel()
        finally:
            if connection.is_open:
                connection.close()

    def close(self) -> None:
        """Remove the accounts, which are the whole broker's and not the virtual host's."""
        mine = [user["name"] for user in self.rabbit.ask("GET", "users") if user["name"].endswith(f"_{self._mark}")]
        for name in mine:
            self.rabbit.ask("DELETE", f"users/{name}", missing_ok=True)


@contextmanager
def town(pipeline: Pipeline, rabbit: PrivateRabbit, eventually: Eventually) -> Iterator[Town]:
    """Give the town with everybody in it, one revoked, and an intake that works."""
    made = Town(pipeline, rabbit, eventually)
    try:
        for who, (role, office) in ROLES.items():
            made.add(who, role, office)
        pipeline.run("stations", "revoke", made.name("revoked"), "--because", "stolen")
        pipeline.start_all("consume")
        yield made
    finally:
        made.close()
