"""Has every account at the broker exactly the rights it should have? Asked without changing anything there."""

from collections.abc import Iterator
from typing import Final

from consumers.errors import StoreAway
from ektp.bootstrap import Parts
from ektp.broker.errors import BrokerError
from ektp.reading.errors import NotMigrated
from ektp.verification.diagnosis import Diagnosis, Level

_SHOWN: Final = 5
_RENEW: Final = "run `ektp stations add NAME --renew` or `revoke` again; take the tag from whoever forges"


def of_the_accounts(made: Parts) -> Iterator[Diagnosis]:
    """Look at the stations' accounts: in the registry, and at the broker where there is one."""
    try:
        accounts = made.accounts()
        stations = accounts.stations.stations()
    except (StoreAway, NotMigrated, BrokerError):
        return  # told of the database or the broker already
    if not stations:
        yield Diagnosis("accounts", Level.OK, "no station was added: every account may speak for any station")
        return
    active = sum(not station.revoked for station in stations.values())
    if made.config.stations.identity == "trusted":
        remedy = "remove `identity` from [stations] of the configuration"
        yield Diagnosis("accounts", Level.LOOK, f"{active} stations, and every account is trusted", remedy)
    if accounts.rights is None:
        yield Diagnosis("accounts", Level.OK, f"{active} stations, all over HTTP")
        return
    try:
        faults = list(accounts.rights.faults(stations.values()))
    except BrokerError as error:
        yield Diagnosis("accounts", Level.LOOK, f"{active} stations, their rights are unknown", str(error))
        return
    if faults:
        more = f" and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        yield Diagnosis("accounts", Level.FAIL, f"{'; '.join(faults[:_SHOWN])}{more}", _RENEW)
    else:
        yield Diagnosis("accounts", Level.OK, f"{active} stations, each with the rights it should have")
