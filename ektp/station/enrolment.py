"""Who this station is and how it speaks to the centre, as the centre's `ektp stations add` has told it."""

import json
import os
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ektp.station.errors import EnrolmentUnusable, NotEnrolled
from ektp.station.home import StationHome
from schemas.roles import SAYS, Role
from schemas.values import StationName

_LARGEST: Final = 64 * 1024
_SCHEMES: Final = {"broker": ("amqp", "amqps"), "http": ("http", "https")}


def _whole_country(value: object) -> object:
    return "" if value in ("all", None) else value


class Enrolment(BaseModel):
    """One account: its name, its role, the region it may speak of ("" for all), and its ways to the centre."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    station: StationName
    role: Role = Role.STATION
    office: Annotated[str, BeforeValidator(_whole_country)] = ""
    user: str | None = None  #: at the broker; without one the station's name
    password: str | None = Field(default=None, repr=False)
    token: str | None = Field(default=None, repr=False)
    secret: str | None = Field(default=None, repr=False)
    broker: str | None = None  #: without credentials
    http: str | None = None

    @property
    def source(self) -> str:
        """What stands in its events."""
        return f"/stations/{self.station}"

    @property
    def says(self) -> frozenset[str]:
        """The events of its role."""
        return SAYS[self.role]

    def broker_url(self) -> str:
        """Return the broker's URL with the credentials in it: never to be shown."""
        parts = urlsplit(self.broker or "")
        account = f"{quote(self.user or self.station, safe='')}:{quote(self.password or '', safe='')}"
        return urlunsplit(parts._replace(netloc=f"{account}@{parts.netloc.rpartition('@')[2]}"))


def read_enrolment(home: StationHome) -> Enrolment:
    """Return what was kept. Raises NotEnrolled and EnrolmentUnusable."""
    try:
        text = home.enrolment.read_bytes()
    except FileNotFoundError:
        raise NotEnrolled(home.folder) from None
    except OSError as error:
        raise EnrolmentUnusable(f"{home.enrolment}: {error.strerror}") from None
    return enrolment_of(text)


def enrolment_of(text: bytes, **instead: str | None) -> Enrolment:
    """Read what the centre printed, some of it replaced. Raises EnrolmentUnusable, which repeats no value."""
    if len(text) > _LARGEST:
        raise EnrolmentUnusable("it is too large to be one")
    try:
        told: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise EnrolmentUnusable("it is not the JSON that `ektp stations add NAME --json` prints") from None
    if not isinstance(told, dict):
        raise EnrolmentUnusable("it must be a JSON object")
    told |= {name: value for name, value in instead.items() if value is not None}
    try:
        found = Enrolment.model_validate(told)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        raise EnrolmentUnusable("; ".join(f"{fault['loc'][0]}: {fault['msg']}" for fault in faults)) from None
    _check_ways(found)
    return found


def keep_enrolment(home: StationHome, enrolment: Enrolment) -> None:
    """Keep it in place of the one before, readable by its owner alone; a power cut leaves one or the other."""
    fresh = home.enrolment.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(enrolment.model_dump_json(indent=1).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(home.enrolment)
    _sync(home.folder)


def _check_ways(enrolment: Enrolment) -> None:
    if not enrolment.broker and not enrolment.http:
        raise EnrolmentUnusable("it names neither a broker nor an HTTP address: give --broker URL or --http URL")
    for name, schemes in _SCHEMES.items():
        address = getattr(enrolment, name)
        if address and urlsplit(address).scheme not in schemes:
            raise EnrolmentUnusable(f"{name} must begin with {schemes[0]}:// or {schemes[1]}://")
    if enrolment.broker and enrolment.password is None:
        raise EnrolmentUnusable("it names a broker and no password")
    if not enrolment.broker and enrolment.token is None:
        raise EnrolmentUnusable("it names an HTTP address and no token")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
