"""Requests signed by their sender, as Standard Webhooks has it: HMAC-SHA256 over id, time and the raw body."""

import base64
import binascii
import hmac
import re
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers

from ektp.web.errors import Unauthorised
from schemas.values import is_station

TOLERANCE: Final = 300  # seconds between the sender's clock and ours
_STATION, _ID, _TIME, _SIGNATURES = "ektp-station", "webhook-id", "webhook-timestamp", "webhook-signature"
# Without a point: it separates what is signed, and one text must not be signed by two requests.
_IDS: Final = re.compile(r"[!-\-/-~]{1,200}", re.ASCII)
_TIMES: Final = re.compile(r"[1-9][0-9]{0,11}", re.ASCII)
_MOST: Final = 8  # signatures: a secret that is being changed needs two
NOT_SIGNED: Final = "the request is not signed as this account signs"


def is_signed(headers: Headers) -> bool:
    """Tell whether a request claims to be signed."""
    return any(name in headers for name in (_ID, _TIME, _SIGNATURES))


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signed request says of itself; nothing of it is known to be true before `by`."""

    station: str
    id: str
    moment: int  # seconds since 1970
    signatures: tuple[bytes, ...]

    def by(self, secret: bytes, body: bytes, now: float) -> bool:
        """Tell whether whoever has the secret signed this body, not long ago; in a time that tells nothing."""
        text = b"%b.%d.%b" % (self.id.encode(), self.moment, body)
        expected = hmac.digest(secret, text, "sha256")
        found = [hmac.compare_digest(expected, one) for one in self.signatures]
        return any(found) and abs(now - self.moment) <= TOLERANCE


def read_signature(headers: Headers) -> Signed:
    """Return what the headers say. Raises Unauthorised, always with the same words."""
    station, identity, moment, given = (_once(headers, name) for name in (_STATION, _ID, _TIME, _SIGNATURES))
    if not (is_station(station) and _IDS.fullmatch(identity) and _TIMES.fullmatch(moment)):
        raise Unauthorised(NOT_SIGNED)
    return Signed(station, identity, int(moment), tuple(_decoded(one) for one in given.split(" ")[:_MOST]))


def _once(headers: Headers, name: str) -> str:
    values = headers.getlist(name)
    return values[0] if len(values) == 1 else ""


def _decoded(one: str) -> bytes:
    """Return the bytes of one signature, none of a version or form that is not ours."""
    version, _, text = one.partition(",")
    if version != "v1":
        return b""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
