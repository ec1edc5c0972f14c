"""How somebody tries to get in at the broker, or to a name, and what is answered."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import pika
import pika.exceptions

from ektp.accounts import without_credentials
from ektp.broker.errors import ManagementRefused
from ektp.broker.management import Management
from tests.e2e.town_of_accounts import Town


class Entry(NamedTuple):
    """One attempt, and what it must come to."""

    what: str
    expected: str
    act: Callable[[Town], str]


def opening(url: str) -> str:
    """Try to open a connection and say how it ended."""
    try:
        pika.BlockingConnection(pika.URLParameters(url)).close()
    except pika.exceptions.ProbableAuthenticationError:
        return "login refused"
    except pika.exceptions.ConnectionClosedByBroker as closed:
        return "login refused" if closed.reply_code == 403 else str(closed.reply_code)
    except pika.exceptions.ProbableAccessDeniedError:
        return "530"
    return "let in"


def with_anothers_name(town: Town) -> str:
    """Log in as the honest station with the forger's password."""
    login = town.login("forger")
    return opening(login.url.replace(login.user, town.name("honest")))


def to_another_host(town: Town) -> str:
    """Log in to the virtual host that every broker has."""
    return opening(urlsplit(town.login("forger").url)._replace(path="/%2f").geturl())


def once_too_often(town: Town) -> str:
    """Open the ninth connection while eight are open."""
    with ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(town.channel(town.login("counter").url))
        return opening(town.login("counter").url)


def at_the_management(town: Town) -> str:
    """Ask the management interface for the users."""
    address = without_credentials(town.rabbit.management_url)
    try:
        Management(town.login("forger").url, address).ask("GET", "users")
    except ManagementRefused as refused:
        return str(refused.code)
    return "let in"


def adding(name: str, code: int) -> Callable[[Town], str]:
    """Return an act that asks for a station of this name, "" for the pipeline's own; it ends with that exit code."""

    def act(town: Town) -> str:
        asked = name or town.login("admin").user
        town.pipeline.run("stations", "add", asked, "--role", "station", "--office", "all", expect=code)
        return f"exit {code}"

    return act


LOGINS: Final = (
    Entry("log in as another station with the own password", "login refused", with_anothers_name),
    Entry("log in after the account was revoked", "login refused", lambda town: opening(town.login("revoked").url)),
    Entry("log in to another virtual host", "530", to_another_host),
    Entry("a ninth connection", "530", once_too_often),
    Entry("ask the management interface", "401", at_the_management),
    Entry("a station named like a pattern, st.b", "exit 2", adding("st.b", 2)),
    Entry("a station named like a NIK", "exit 2", adding("3374106508990001", 2)),
    Entry("a station named like the pipeline's own account", "exit 1", adding("", 1)),
)
