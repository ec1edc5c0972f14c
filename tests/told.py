"""Residents of a simulated city who are told, into a folder."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine

from ektp.config.config import Config
from ektp.residents.apprise_gateway import AppriseGateway
from ektp.residents.deliveries import Desk, PostgresMessages
from ektp.residents.file_gateway import FileGateway
from ektp.residents.gateways import Gateways
from ektp.residents.texts import Texts
from ektp.storage.messages.plans import PostgresMessagePlans
from ektp.storage.secrets.vault import Vault
from ektp.telling.addresses import Addresses
from tests.simulated import Told
from workflows.timekeeping import Timekeeping


def told_into(folder: Path, keeping: Timekeeping, config: Config) -> Callable[[Engine], Told]:
    """Return what makes a store tell its residents into a folder."""

    def made(engine: Engine) -> Told:
        vault = Vault(b"s" * 32, b"n" * 32)
        plans = PostgresMessagePlans(engine, keeping, config.manner)
        desk = Desk(
            config.manner, lambda office: config.office(office).week, Texts(), "https://x/track", lambda: vault, {}
        )
        gateway = Gateways(FileGateway(folder), AppriseGateway(Addresses({})), ())
        return Told(PostgresMessages(engine, plans, desk), gateway)

    return made
