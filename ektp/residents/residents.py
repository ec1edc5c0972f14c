"""The messages to residents, put together from the parts of a process."""

from functools import partial

from ektp.bootstrap import Parts
from ektp.residents.apprise_gateway import AppriseGateway
from ektp.residents.deliveries import Desk, PostgresMessages
from ektp.residents.file_gateway import FileGateway
from ektp.residents.gateways import Gateways
from ektp.residents.texts import Texts
from ektp.storage.messages.plans import PostgresMessagePlans
from ektp.telling.addresses import Address, Addresses


def plans_on(parts: Parts) -> PostgresMessagePlans:
    """Return what plans messages. Raises WrongUse for a configuration that cannot be read."""
    config = parts.config
    own = [code for code, table in config.offices.items() if table.messages is not None]
    return PostgresMessagePlans(parts.engine, parts.keeping, config.manner, own)


def messages_on(parts: Parts) -> PostgresMessages:
    """Return the messages of the store. Raises WrongUse."""
    config = parts.config
    a_minute: dict[str, int] = {channel: gateway.a_minute for channel, gateway in config.messages.gateways.items()}
    desk = Desk(
        config.manner, lambda office: config.office(office).week, texts_of(parts), page_of(parts),
        partial(getattr, parts, "vault"), a_minute,
    )  # fmt: skip
    return PostgresMessages(parts.engine, plans_on(parts), desk)


def gateways_of(parts: Parts) -> Gateways:
    """Return what carries messages. Raises WrongUse."""
    gateways = parts.config.messages.gateways
    return Gateways(FileGateway(parts.settings.home / "messages"), AppriseGateway(addresses_of(parts)), gateways.keys())


def addresses_of(parts: Parts) -> Addresses:
    """Return where the gateways' addresses are. Raises WrongUse."""
    gateways = parts.config.messages.gateways
    kept: dict[str, Address] = {
        channel: gateway.address(parts.settings.beside) for channel, gateway in gateways.items()
    }
    return Addresses(kept, "messages.gateways")


def texts_of(parts: Parts) -> Texts:
    """Return the texts, an office's own over ours. Raises WrongUse."""
    folder = parts.config.messages.templates
    return Texts(None if folder is None else parts.settings.beside / folder)


def page_of(parts: Parts) -> str:
    """Return where a resident sees how far it is."""
    address = parts.config.letters.address or f"http://127.0.0.1:{parts.settings.http_port}"
    return f"{address}/track"
