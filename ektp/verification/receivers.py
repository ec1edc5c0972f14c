"""Can everybody be told who wants to be? Their addresses are read, and nothing is sent."""

from collections.abc import Iterator

from ektp.bootstrap import Parts
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
