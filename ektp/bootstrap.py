"""The one place where the parts are put together; importing it connects to nothing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

from ektp.errors import ServiceMissing

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from consumers.allocator import Allocator
    from consumers.dead_letters import DeadLetters
    from consumers.intake import Intake
    from consumers.journal import Journal
    from consumers.ports import FrontDoor, MessageSource
    from consumers.relay import Relay
    from consumers.timekeeper import Timekeeper
    from ektp.accounts import Accounts
    from ektp.allocation import Allocations
    from ektp.config.calendars import Calendars
    from ektp.config.config import Config
    from ektp.config.settings import Settings
    from ektp.config.timekeeping import OfficeTimekeeping
    from ektp.keyring import Keyring
    from ektp.letters.writing import LetterWriter
    from ektp.people.people import People
    from ektp.reading.campaigns import Campaigns
    from ektp.storage.people.audit import PostgresAudit
    from ektp.storage.secrets.vault import Vault
    from ektp.storage.server.embedded import EmbeddedPostgres
    from ektp.storage.steps.steps import PostgresSteps
    from ektp.subscribers.subscribers import Subscribers

IN_PROCESS: Final = "in-process://ektp"


@dataclass(frozen=True)
class Parts:
    """The parts of one process, each made when it is first asked for."""

    settings: Settings
    database_url: str
    in_process: bool = False  #: Where the settings name no broker, this process is one.
    server: EmbeddedPostgres | None = None  #: The database, where it is ours to keep up.

    @property
    def broker(self) -> str | None:
        """The broker's URL, None where there is none."""
        return self.settings.broker() or (IN_PROCESS if self.in_process else None)

    @cached_property
    def engine(self) -> Engine:
        """The pool of connections to the store."""
        from ektp.storage.engine import engine_for

        # In one process with everything else there are many more who ask at once.
        return engine_for(self.database_url, size=30 if self.in_process else 5)

    @cached_property
    def vault(self) -> Vault:
        """The keys of what is written about persons, checked against those the database was written with."""
        return self.keyring.vault()

    @cached_property
    def keyring(self) -> Keyring:
        """All the keys, read when they are asked for."""
        from ektp.keyring import Keyring

        return Keyring(self.settings, self.engine)

    @cached_property
    def audit(self) -> PostgresAudit:
        """What notes who did what; its key is asked for with the first note."""
        from ektp.storage.people.audit import Chain, PostgresAudit

        return PostgresAudit(self.engine, Chain(self.keyring.audit_key))

    @cached_property
    def keeping(self) -> OfficeTimekeeping:
        """The working time and the promises of the offices, as they are configured."""
        from ektp.config.timekeeping import OfficeTimekeeping

        return OfficeTimekeeping(self.config, self.calendars)

    @cached_property
    def config(self) -> Config:
        """What the offices promise and when they are open. Raises WrongUse."""
        from ektp.config.config import read_config

        return read_config(self.settings.rules)

    @cached_property
    def calendars(self) -> Calendars:
        """The calendar of every office. Raises WrongUse."""
        from ektp.config.calendars import Calendars

        return Calendars(self.config)

    @cached_property
    def letters(self) -> LetterWriter:
        """What writes letters and receipts, and reads them for whoever checks one. Raises WrongUse."""
        from ektp.letters.press import Press
        from ektp.letters.writing import LetterWriter

        own, folder = self.config.letters, None
        if own.templates is not None and self.settings.config is not None:
            folder = self.settings.config.parent / own.templates
        address = own.address or f"http://127.0.0.1:{self.settings.http_port}"
        return LetterWriter(self.engine, self.vault, self.keeping, Press(folder), address, self.audit)

    @cached_property
    def campaigns(self) -> Campaigns | None:
        """The campaigns with a target, if there are any. Raises WrongUse."""
        from ektp.reading.campaigns import Campaigns

        targets = self.config.targets()
        return Campaigns(targets, self.calendars) if targets else None

    def journal(self) -> Journal:
        """Make a journal; one for each thread that applies."""
        from consumers.journal import Journal
        from ektp.storage.journal.books import PostgresBooks

        return Journal(PostgresBooks(self.engine, self.vault), self.vault, self.keeping)

    def rehearsal(self) -> Journal:
        """Make a journal that decides as the real one, and writes nothing."""
        from consumers.journal import Journal
        from ektp.storage.repairs.parking import RehearsalBooks

        return Journal(RehearsalBooks(self.engine, self.vault), self.vault, self.keeping)

    def intake(self) -> Intake:
        """Make the intake, which keeps house between two batches."""
        from consumers.intake import Intake
        from ektp.alerting import watch_on
        from ektp.storage.stations.sightings import PostgresSightings
        from ektp.storage.steps.housekeeping import keep_house

        journal = self.journal()
        watch_all = watch_on(self.engine, self.keeping, self.config, self.broker, self.settings.management())
        house = partial(keep_house, self.engine, journal, self.timekeeper, self.allocations, watch_all)
        watch = PostgresSightings(self.engine, flushed=True)
        return Intake(journal, self._open_source, door=self.front_door(), watch=watch, housekeeping=house)

    def dead_letters(self) -> DeadLetters:
        """Make the mover of dead letters and strange keys, with a journal of its own."""
        from consumers.dead_letters import DeadLetters
        from ektp.storage.stations.sightings import PostgresSightings

        watch = PostgresSightings(self.engine, flushed=True)
        return DeadLetters(self.journal(), self._open_source, door=self.front_door(), watch=watch)

    def front_door(self) -> FrontDoor:
        """Make what asks who sent a message; one for each thread. The broker in this process has no accounts."""
        from consumers.admission import Admission
        from consumers.front_door import Trusting
        from ektp.storage.stations.stations import PostgresStations

        if self.broker == IN_PROCESS:
            return Trusting()
        identity = self.config.stations.identity
        return Admission(PostgresStations(self.engine), required=None if identity is None else identity == "required")

    def accounts(self) -> Accounts:
        """Make what adds, renews and revokes the accounts of stations. Raises BrokerUrlInvalid."""
        from ektp.accounts import Accounts
        from ektp.broker.management import Management
        from ektp.broker.station_accounts import StationAccounts
        from ektp.storage.stations.stations import PostgresStations

        url = self.settings.broker()
        rights = StationAccounts(Management(url, self.settings.management())) if url else None
        http = self.config.letters.address or f"http://127.0.0.1:{self.settings.http_port}"
        return Accounts(PostgresStations(self.engine, self.audit.chain), self.vault, rights, url, http)

    def subscribers(self) -> Subscribers:
        """Make what looks after the subscribers. Raises ServiceMissing without a broker, and BrokerUrlInvalid."""
        from ektp.subscribers.subscribers import subscribers_on

        return subscribers_on(self.engine, self.audit.chain, broker_url(self.settings), self.settings.management())

    def people(self) -> People:
        """Make what looks after the accounts of people and programs."""
        from ektp.people.people import people_on

        return people_on(self.engine, self.audit.chain)

    def relay(self) -> Relay:
        """Make the relay."""
        from consumers.relay import Relay
        from ektp.broker.opening import open_publisher
        from ektp.storage.outbox_store import PostgresOutbox

        url = self.broker_url()
        return Relay(PostgresOutbox(self.engine), lambda: open_publisher(url))

    def declare_topology(self) -> None:
        """Declare the broker's exchanges, queues and bindings. Raises SourceLost and TopologyMismatch."""
        from consumers.errors import SourceLost
        from ektp.broker import topology
        from ektp.broker.connection import Link, new_connection

        link = Link(new_connection(self.broker_url()), SourceLost, "broker")
        try:
            with link.watched():
                topology.declare(link.connection)
        finally:
            link.close()

    def broker_url(self) -> str:
        """Return the broker's URL; ServiceMissing when there is none."""
        return self.broker or broker_url(self.settings)

    def _open_source(self, queue: str, prefetch: int) -> MessageSource:
        from ektp.broker.opening import open_source

        return open_source(self.broker_url(), queue, prefetch)

    def close(self) -> None:
        """Give the connections back."""
        if "engine" in self.__dict__:
            self.engine.dispose()

    def steps(self) -> PostgresSteps:
        """Make the store of the steps."""
        from ektp.storage.steps.steps import PostgresSteps

        return PostgresSteps(self.engine)

    @cached_property
    def allocator(self) -> Allocator:
        """What gives out blanko where the pipeline itself does; it may be used from many threads."""
        from ektp.allocation import allocator_on

        return allocator_on(self.engine, self.journal, self.keeping, self.config.queue_rules)

    @cached_property
    def allocations(self) -> Allocations:
        """The same as a step runs it."""
        from ektp.allocation import Allocations

        return Allocations(self.engine, self.allocator)

    @cached_property
    def timekeeper(self) -> Timekeeper:
        """What finds the deadlines that have passed; it may be used from many threads."""
        from ektp.config.timekeeping import timekeeper_on

        most = self.config.timekeeper.deadlines_a_minute
        return timekeeper_on(self.engine, self.journal, self.keeping, most)


def calendars_of(settings: Settings) -> Calendars:
    """Return the calendars, for a command that needs no store. Raises WrongUse."""
    from ektp.config.calendars import Calendars

    return Calendars(config_of(settings))


def config_of(settings: Settings) -> Config:
    """Return the configuration, for a command that needs no store. Raises WrongUse."""
    from ektp.config.config import read_config

    return read_config(settings.rules)


def broker_url(settings: Settings) -> str:
    """Return the broker's URL of the settings; ServiceMissing when there is none."""
    url = settings.broker()
    if url is None:
        raise ServiceMissing(
            "EKTP_BROKER_URL is not set: this command needs a RabbitMQ (amqp://user:password@host:5672/vhost)"
        )
    return url
