"""The web application, put together out of its doors and pages; nothing happens at import."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import anyio.to_thread
from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from consumers.ports import Watch
from ektp.reading.board import board
from ektp.reading.messages import counts
from ektp.reading.published import published
from ektp.reading.revision import require_migrated
from ektp.reading.snapshot import snapshot
from ektp.release import release_name
from ektp.storage.alerts import alerts
from ektp.storage.people.api_tokens import PostgresApiTokens
from ektp.storage.people.login_failures import PostgresLoginFailures
from ektp.storage.people.sessions import PostgresSessions
from ektp.storage.secrets.tokens import kept_token
from ektp.storage.stations.sightings import PostgresSightings
from ektp.storage.stations.stations import PostgresStations, token_digest
from ektp.web import pages
from ektp.web.access import login
from ektp.web.access.accounts import Accounts, OneToken
from ektp.web.access.logins import Logins
from ektp.web.access.sessions import Sessions
from ektp.web.api import messages, notices, oneself, persons, queue, repairs, reports, stations, stock, subscribers
from ektp.web.api import reading as api
from ektp.web.api.accounts import ApiAccounts
from ektp.web.api.ears import Ears
from ektp.web.breaking import Breaking
from ektp.web.contract import Documented
from ektp.web.counting import Counting
from ektp.web.door import events as door
from ektp.web.door.crowd import Crowd
from ektp.web.door.journals import Journals
from ektp.web.door.station_accounts import StationAccounts
from ektp.web.lost import lead_back
from ektp.web.manners import STATIC, Manners
from ektp.web.measures import probes
from ektp.web.measures.measures import Measures
from ektp.web.problems import explain
from ektp.web.public import blanko, contracts, letters, track
from ektp.web.public.published import Published
from ektp.web.public.tracking import Tracking
from ektp.web.rates import Rates
from ektp.web.room import rooms
from ektp.web.room.live import Live
from ektp.web.web import Web

if TYPE_CHECKING:
    from consumers.journal import Journal
    from ektp.bootstrap import Parts

ROUTERS: Final = (
    tuple(
        room.router
        for room in (
            door,
            oneself,
            api,
            blanko,
            contracts,
            persons,
            repairs,
            reports,
            stock,
            stations,
            subscribers,
            queue,
            letters,
            track,
            messages,
            notices,
            probes,
            login,
            pages,
        )
    )
    + rooms.ROUTERS
)
# With those that apply and the one that checks PINs, never more than the pool of connections has.
_READERS: Final = 5
_ABOUT: Final = (
    "Events go in at POST /events and are answered after the commit; repairs of what is parked are planned and decided"
    " at /api/v1/repairs; everything else only reads. "
    "Errors are problem details (RFC 9457)."
)


def create_app(  # noqa: PLR0913 - its parts, and what else it speaks to
    parts: "Parts",
    *,
    accounts: Accounts | None = None,
    watch: Watch | None = None,
    never_arrived: Callable[[str], object] | None = None,
    open_board: bool = False,
    beside: Callable[[], Mapping[str, bool]] = dict,
    breaking: Breaking | None = None,
) -> FastAPI:
    """Make the application on these parts; without accounts these are the token that is kept in the home folder, those
    of the stations, and those of programs. `watch` is told of everything that was taken in, `never_arrived` of each
    resi that a resident has and we do not; without them both are written down in the store.

    `open_board` shows the board without a token to whoever sits at this machine. With a simulated city, `breaking`,
    there are the routes by which it is broken, and without one there are none. Raises WrongUse for a token that
    cannot be kept and a configuration that cannot be read.
    """
    parts.campaigns  # noqa: B018 - a configuration that cannot be read is told now
    token, allowed = kept_token(parts.settings.home), parts.config.stations
    web = Web(
        parts=parts,
        accounts=accounts or _accounts(parts, token),
        sessions=Sessions(PostgresSessions(parts.engine, token_digest(token), parts.audit.chain)),
        logins=Logins(parts.people(), PostgresLoginFailures(parts.engine)),
        journals=Journals(lambda: _journal(parts)),
        live=Live(lambda offices: _look(parts, offices)),
        measures=Measures(parts.engine, parts.keeping),
        broker=probes.BrokerLook(parts.broker),
        beside=beside,
        ears=Ears(parts.broker),
        open_board=open_board,
        rates=Rates(allowed.events_a_minute, allowed.events_at_once),
        crowd=Crowd(),
        watch=watch or PostgresSightings(parts.engine),
        verifying=Rates(a_minute=20, at_once=30),
        looking=Rates(a_minute=60, at_once=60),
        published=Published(lambda: _stock(parts)),
        counting=Counting(lambda offices: _messages(parts, offices)),
        tracking=Tracking(parts, never_arrived or partial(alerts.never_arrived, parts.engine)),
        breaking=breaking,
    )
    app = Documented(
        title="E-KTP", description=_ABOUT, version=release_name(), docs_url=None, redoc_url=None,
        lifespan=_lifespan, redirect_slashes=False,
        # A path may hold anything; nobody is to be told of it by somebody else's instrumentation.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )  # fmt: skip
    app.state.web = web
    explain(app)
    lead_back(app)
    for router in (*ROUTERS, *(rooms.OF_A_CITY if breaking else ())):
        app.include_router(router)
    # Only what is the same for everybody is compressed: a page has secrets of a session in it.
    app.mount(STATIC, GZipMiddleware(StaticFiles(directory=Path(__file__).parent / "static")))
    app.add_middleware(Manners, answered=web.measures.answered)
    return app


@asynccontextmanager
async def _lifespan(_app: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = _READERS
    yield


def _accounts(parts: "Parts", token: str) -> Accounts:
    def unseal(sealed: bytes, about: bytes) -> bytes:
        return parts.vault.open(sealed, about)  # the vault asks the database, which may not be there yet

    stations = StationAccounts(OneToken(token), PostgresStations(parts.engine), unseal)
    return ApiAccounts(stations, PostgresApiTokens(parts.engine, parts.audit.chain))


def _look(parts: "Parts", offices: tuple[str, ...]) -> dict[str, Any]:
    with snapshot(parts.engine) as connection:
        return board(connection, parts.campaigns, offices)


def _stock(parts: "Parts") -> list[dict[str, Any]]:
    def wants(code: str) -> bool:
        return parts.config.office(code).publish_stock

    with snapshot(parts.engine) as connection:
        return published(connection, parts.keeping, parts.calendars, wants)


def _messages(parts: "Parts", offices: tuple[str, ...]) -> dict[str, Any]:
    with snapshot(parts.engine) as connection:
        return counts(connection, offices)


def _journal(parts: "Parts") -> "Journal":
    """Make a journal, on a database of this release only. Raises StoreAway, NotMigrated and WrongUse."""
    require_migrated(parts.engine)
    return parts.journal()
