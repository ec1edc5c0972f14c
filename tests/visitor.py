"""Somebody before a browser: people who are added to a test's database, and how they sign in and post forms."""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from ektp.bootstrap import Parts
from ektp.people.people import grant_of
from tests.web_client import Reply, WebClient

PASSWORD: Final = "kopi tubruk di Pasar Johar"
_FORM: Final = "application/x-www-form-urlencoded"
_COOKIE: Final = re.compile(r"(?P<name>[^=]+)=(?P<value>[^;]*)")
_CSRF: Final = re.compile(r'name="csrf" value="([^"]+)"')


def added(parts: Parts, name: str = "siti", *roles: str, office: str = "all") -> str:
    """Add a person and return the name."""
    parts.people().add(name, grant_of(roles or ("viewer",), (office,)), PASSWORD, "a test")
    return name


def token_of(parts: Parts, name: str, *roles: str, office: str = "all") -> str:
    """Make a token of a program and return it."""
    return parts.people().add_token(name, grant_of(roles, (office,)), 7, "a test")[0]


@dataclass
class Visitor:
    """A browser: it keeps one cookie, and sends `always` with every request."""

    web: WebClient
    always: dict[str, str] = field(default_factory=dict)
    name: str = ""
    cookie: str = ""

    def get(self, path: str, **headers: str | None) -> Reply:
        """Read."""
        return self._kept(self.web.get(path, **self._headers(headers)))

    def post(self, path: str, fields: dict[str, str], **headers: str | None) -> Reply:
        """Post a form as it is."""
        body = urlencode(fields).encode()
        return self._kept(self.web.ask("POST", path, body, content_type=_FORM, **self._headers(headers)))

    def sign_in(self, name: str = "siti", password: str = PASSWORD, **headers: str | None) -> Reply:
        """Sign in by name and password."""
        return self.post("/login", {"name": name, "password": password}, **headers)

    def sign_in_with_token(self) -> Reply:
        """Sign in with the token of the installation."""
        return self.post("/login", {"token": self.web.token or ""})

    def sign_out(self, **headers: str | None) -> Reply:
        """Sign out by the form that a page has."""
        return self.post("/logout", {"csrf": self.csrf()}, **headers)

    def csrf(self, path: str = "/") -> str:
        """Return what stands in the forms of a page."""
        found = _CSRF.search(self.get(path).text)
        assert found is not None
        return found[1]

    def is_in(self) -> bool:
        """Tell whether the session holds; what was known a moment ago is known for a second."""
        return self.get("/api/v1/summary").status == 200

    def _headers(self, more: dict[str, str | None]) -> dict[str, str | None]:
        own = {"cookie": f"{self.name}={self.cookie}"} if self.cookie else {}
        return {"authorization": None, **self.always, **own, **more}

    def _kept(self, reply: Reply) -> Reply:
        if found := _COOKIE.match(reply.headers.get("set-cookie", "")):
            self.name, self.cookie = found["name"], found["value"].strip('"')
        return reply
