"""Stations that are enrolled in a test's database, with what they prove themselves with over HTTP."""

import base64
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from typing import Final

from ektp.bootstrap import Parts
from ektp.storage.engine import transaction
from ektp.storage.stations.stations import token_digest
from tests.web_client import BATCH, STRUCTURED, Reply, WebClient

_ADDED: Final = """
insert into stations (name, role, office, token, secret, added_by) values (%s, %s, %s, %s, %s, 'a test')
"""
_REVOKED: Final = "update stations set revoked = ektp_now(), revoked_by = 'a test', because = 'a test' where name = %s"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """One station: its name, its token, and the secret it signs with."""

    name: str
    token: str
    secret: bytes

    def client(self, web: WebClient) -> WebClient:
        """Give a client that has the station's token."""
        return WebClient(web.address, self.token)

    def signed(self, web: WebClient, event: object, age: int = 0, /, **changed: str | None) -> Reply:
        """Post an event, or a list of them, signed so many seconds ago; then some headers are changed."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        moment, identity = int(time.time()) - age, f"msg_{secrets.token_hex(8)}"
        text = b"%b.%d.%b" % (identity.encode(), moment, body)
        signature = base64.b64encode(hmac.digest(self.secret, text, "sha256")).decode()
        headers: dict[str, str | None] = {
            "ektp_station": self.name,
            "webhook_id": identity,
            "webhook_timestamp": str(moment),
            "webhook_signature": f"v1,{signature}",
            "authorization": None,
        }
        kind = BATCH if isinstance(event, list) else STRUCTURED
        return web.post(body, content_type=kind, **{**headers, **changed})


def enrolled(parts: Parts, name: str = "st337401", role: str = "station", office: str = "33.74") -> Enrolled:
    """Enrol a station."""
    made = Enrolled(name, f"ektp_st_{secrets.token_urlsafe(32)}", secrets.token_bytes(32))
    sealed = parts.vault.seal(made.secret, name.encode())
    with transaction(parts.engine) as connection:
        connection.execute(_ADDED, [name, role, office, token_digest(made.token), sealed])
    return made


def revoked(parts: Parts, station: Enrolled) -> None:
    """Revoke a station."""
    with transaction(parts.engine) as connection:
        connection.execute(_REVOKED, [station.name])
