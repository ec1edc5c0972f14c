"""Can everybody be told who wants to be? Their addresses are read, and nothing is sent."""

from collections.abc import Iterator

from ektp.bootstrap import Parts
from ektp.residents.apprise_gateway import PLACE
from ektp.residents.residents import addresses_of
from ektp.telling.addresses import Addresses
from ektp.telling.errors import AddressMissing
from ektp.verification.diagnosis import Diagnosis, Level


def of_the_receivers(made: Parts) -> Iterator[Diagnosis]:
    """Look whether the address of each receiver can be read here; in another process it may be otherwise."""
    tables = made.config.alerts.receivers
    addresses = Addresses({one.name: one.address(made.settings.beside) for one in tables})
    for one in tables:
        try:
            addresses.of(one.name)
        except AddressMissing as missing:
            yield Diagnosis("receivers", Level.LOOK, str(missing), "as the workers see it: `ektp alerts try` there")
        else:
            yield Diagnosis("receivers", Level.OK, f"{one.name} has an address")
    if not tables:
        yield Diagnosis("receivers", Level.OK, "nobody is told of alerts: docs/alerts.md")


def of_the_gateways(made: Parts) -> Iterator[Diagnosis]:
    """Look whether the URL of each gateway can be read here, and says where a resident's address belongs."""
    gateways, addresses = made.config.messages.gateways, addresses_of(made)
    for channel in gateways:
        try:
            url = addresses.of(channel)
        except AddressMissing as missing:
            yield Diagnosis("gateways", Level.LOOK, str(missing), "as the workers see it: docs/messages.md")
            continue
        if PLACE in url:
            yield Diagnosis("gateways", Level.OK, f"{channel} has an address, {gateways[channel].a_minute} a minute")
        else:
            what = f"messages.gateways {channel}: its URL does not say where the resident's address belongs"
            yield Diagnosis("gateways", Level.LOOK, what, f"write {PLACE} there: docs/messages.md")
    if not gateways:
        yield Diagnosis("gateways", Level.OK, "messages to residents are written to files: docs/messages.md")
