"""A walk through the pages as somebody: every address that they lead to, one of each kind."""

import http.client
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from email.message import Message
from html.parser import HTMLParser
from itertools import chain, count
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, urldefrag, urlencode, urljoin, urlsplit

from ektp.web.access.rights import RIGHTS, Door
from tests.web_client import WebClient
from workflows.permissions import Action

#: What is typed into a filter that is no choice.
TYPED: Final = {"office": "33.19", "station": "st3319011", "region": "33.19", "actor": "person1", "about": "33.19"}
_DOORS: Final = frozenset({*Action, Door.PUBLIC, Door.ONESELF})
_API: Final = "/api/"
#: Of what programs read, that which every role may and which needs no id.
_READ: Final = [
    path
    for path in (name.removeprefix("GET ") for name, right in RIGHTS.items() if name[:4] == "GET " and right in _DOORS)
    if not path.startswith(_API) or ("{" not in path and RIGHTS[f"GET {path}"] is Action.LOOK)
]
#: Where a walk begins for whoever is signed in, and for everybody.
INSIDE: Final = ("/", *(path for path in _READ if path.startswith(_API)))
OUTSIDE: Final = (
    "/track",
    "/blanko",
    "/contracts",
    "/verify/0000-0000-0000",
    "/metrics",
    "/livez",
    "/readyz",
    "/version",
)
_LINKS: Final = ("href", "hx-get", "sse-connect", "data-from")
BROKEN_OFF: Final = 599  #: In place of the status of an answer that broke off.
_EACH: Final = 2  # addresses of a kind
_PATIENCE: Final = 60  # seconds


class Kind(NamedTuple):
    """Addresses that one route answers, narrowed to the same things."""

    route: str
    filters: tuple[str, ...]

    def __str__(self) -> str:
        return self.route + ("?" + "&".join(self.filters) if self.filters else "")


class Answer(NamedTuple):
    """What came: of a page all of it, of a file or a stream its first part."""

    status: int
    headers: Message
    body: str

    @property
    def is_page(self) -> bool:
        """Whether it is one to be looked at."""
        return self.headers.get_content_type() == "text/html"

    @property
    def leads_on(self) -> bool:
        """Whether it is the way to another one."""
        return "location" in self.headers

    @property
    def is_whole(self) -> bool:
        """Whether all of it is read: what is no file, and ends."""
        return not self.is_file and self.headers.get_content_type() != "text/event-stream"

    @property
    def is_file(self) -> bool:
        """Whether it is to be kept."""
        return "attachment" in self.headers.get("content-disposition", "")


def page_routes() -> list[str]:
    """Return the path of whatever a person or a program reads, in the room or outside; not what needs a thing's id."""
    return sorted(_READ)


def kind_of(address: str) -> Kind | None:
    """Return which route answers an address, None for another place."""
    parts = urlsplit(address)
    fitting = [path for path in page_routes() if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), parts.path)]
    if not fitting:
        return None
    names = {name for name, _ in parse_qsl(parts.query)}
    return Kind(min(fitting, key=lambda path: path.count("{")), tuple(sorted(names)))


class Walker:
    """Somebody who begins at these addresses: signed in by a cookie, or without one each time from elsewhere."""

    def __init__(self, web: WebClient, begin: Sequence[str], cookie: str = "") -> None:
        self._web, self._begin, self._cookie = web, begin, cookie
        self._asked = count()

    def ask(self, address: str, form: str | None = None) -> Answer:
        """Read a page, or send it a form."""
        with closing(http.client.HTTPConnection(self._web.host, self._web.port, timeout=_PATIENCE)) as connection:
            connection.request("GET" if form is None else "POST", address, form, self._headers(form))
            reply = connection.getresponse()
            answer = Answer(reply.status, reply.headers, "")
            try:
                body = reply.read() if answer.is_whole else reply.read1(100)
            except http.client.HTTPException:
                return answer._replace(status=BROKEN_OFF)
            return answer._replace(body=body.decode(errors="replace"))

    def _headers(self, form: str | None) -> dict[str, str]:
        kind = {} if form is None else {"Content-Type": "application/x-www-form-urlencoded"}
        if self._cookie:
            return {"Cookie": self._cookie, "Accept": "text/html", **kind}
        number = next(self._asked)  # who is not signed in may not ask often from one address
        return {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", **kind}

    def walk(self) -> dict[Kind, list[str]]:
        """Follow every link and filter from where it begins; return addresses by their kind."""
        found: dict[Kind, list[str]] = {}
        ahead = [*self._begin]
        while ahead:
            address = ahead.pop(0)
            kind = kind_of(address)
            if kind is None or len(known := found.setdefault(kind, [])) >= _EACH or address in known:
                continue
            known.append(address)
            answer = self.ask(address)
            ahead += [answer.headers["location"]] if answer.leads_on else []
            ahead += addresses(answer.body, address) if answer.is_page else []
        return found


def addresses(page: str, at: str) -> list[str]:
    """Return where a page leads: its links, and each of its filters set to each of its first values."""
    reader = _Reader()
    reader.feed(page)
    ways = chain(reader.links, *(_filtered(action, fields) for action, fields in reader.forms))
    led = (urldefrag(urljoin(at, way)).url for way in ways)
    return [address for address in led if not urlsplit(address).netloc]


def _filtered(action: str, fields: dict[str, list[str]]) -> Iterator[str]:
    for name, values in fields.items():
        for value in [*filter(None, values)][:_EACH]:
            yield f"{action}?{urlencode({name: value})}"


class _Reader(HTMLParser):
    """Gathers links, and forms that ask: their address, and by field the values that can be chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[tuple[str, dict[str, list[str]]]] = []
        self._fields: dict[str, list[str]] | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a link, a form or a field."""
        given = {name: value or "" for name, value in attrs}
        self.links += [given[name] for name in _LINKS if given.get(name) and tag not in {"link", "form"}]
        match tag:
            case "form":
                asks = given.get("method", "get").lower() == "get"
                self._fields = {} if asks else None
                if self._fields is not None:
                    self.forms.append((given.get("action", ""), self._fields))
            case "select":
                self._select = given.get("name", "")
            case "option" if self._fields is not None and self._select:
                self._fields.setdefault(self._select, []).append(given.get("value", ""))
            case "input" if self._fields is not None and given.get("name"):
                name, choice = given["name"], given.get("type") in ("checkbox", "radio", "hidden")
                value = given.get("value", "") if choice else TYPED.get(name, "")
                self._fields.setdefault(name, []).append(value)
