"""The parking lot and the repairs as pages: people of every role before them, what they see, and what they post."""

import json
import re
from typing import Any, Final
from uuid import UUID

from ektp.bootstrap import Parts
from ektp.repairing.running import Repairer
from ektp.storage.engine import transaction
from tests.parking_town import PATCH
from tests.visitor import Visitor, added
from tests.web_client import Reply, WebClient

PATCHED: Final = {"correction": "patch", "patch": json.dumps(PATCH), "because": "a new driver"}
_ACTIONS: Final = re.compile(r'<form[^>]* method="post" action="([^"]+)"')


class Person:
    """Somebody who is signed in; every form that they post carries what their pages have in it."""

    def __init__(self, web: WebClient, parts: Parts, name: str, *roles: str, office: str = "all") -> None:
        self.visitor = Visitor(web, {"accept_language": "en"})
        assert self.visitor.sign_in(added(parts, name, *roles, office=office)).status == 303
        self.csrf = self.visitor.csrf("/parked/items")

    def get(self, path: str) -> Reply:
        """Read a page."""
        return self.visitor.get(path)

    def post(self, path: str, **fields: str) -> Reply:
        """Post a form."""
        return self.visitor.post(path, {"csrf": self.csrf, **fields})

    def forms(self, path: str) -> set[str]:
        """Return where the forms of a page lead, but those of every page."""
        found = self.get(path)
        assert found.status == 200, found.text
        return set(_ACTIONS.findall(found.text)) - {"/language", "/logout"}


def only_group(web: WebClient) -> str:
    """Return the fingerprint of the one group."""
    (group,) = web.get("/api/v1/parked/groups").json
    return str(group["group"])


def planned(answer: Reply) -> str:
    """Return the id of the repair that a form has planned."""
    assert answer.status == 303, answer.text
    path, _, repair = answer.headers["location"].rpartition("/")
    assert path == "/repairs"
    return repair


def run(parts: Parts, repair: str, number: int = 1) -> None:
    """Run it until it is over, as a worker does."""
    repairer = Repairer(parts.engine, lambda: parts.vault, parts.keeping)
    while repairer.go_on(UUID(repair), number):
        pass


def noted(parts: Parts) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Return actor, act, about and detail of what is in the audit about parked messages and repairs."""
    with transaction(parts.engine) as connection:
        return connection.execute(
            "select actor, what, about, detail from audit where what ~ '^(group|item|repair)-' order by seq"
        ).fetchall()
