"""The writer of letters: looks up what they say, lets the vault open the person, and notes who had it done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Engine

from consumers.acts import Act
from ektp.letters.dates import long_date
from ektp.letters.errors import NotInForce
from ektp.letters.names import masked_name, office_name, regency_name
from ektp.letters.press import Press
from ektp.reading.receipt import receipt
from ektp.reading.snapshot import snapshot
from ektp.reading.suket import IssuedSuket, suket_of_code, suket_of_number
from ektp.storage.people.audit import PostgresAudit
from ektp.storage.secrets.persons import person_of
from ektp.storage.secrets.pins import new_pin
from ektp.storage.secrets.vault import Vault
from workflows.timekeeping import Timekeeping

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Resi:
    """A receipt: the code, a PIN that is shown this once, the moment, and the page where both lead."""

    application: str
    resi: str
    pin: str = field(repr=False)
    office: str
    made: datetime
    address: str


class LetterWriter:
    """Writes letters of one store; *address* is where its pages are reached from outside."""

    def __init__(  # noqa: PLR0913, PLR0917 - the parts of an installation
        self, engine: Engine, vault: Vault, keeping: Timekeeping, press: Press, address: str, audit: PostgresAudit
    ) -> None:
        self._engine, self._vault, self._keeping, self._press = engine, vault, keeping, press
        self._address, self._audit = address.rstrip("/"), audit

    def suket_pdf(self, number: str, by: str) -> bytes:
        """Return the letter of this number. Raises Unknown, NotInForce, TemplateBroken and StoreAway."""
        with snapshot(self._engine) as connection:
            found = suket_of_number(connection, number)
            if found.standing != "valid":
                raise NotInForce(found.number, found.because or found.standing, str(found.application))
            opened = {"purpose": "suket-pdf", "suket": found.number}
            self._audit.note(Act(by, "person-opened", str(found.application), opened))
            person = person_of(connection, self._vault, found.application)
        log.warning("person-opened", purpose="suket-pdf", suket=found.number, application=str(found.application), by=by)
        said = {
            "number": found.number,
            "name": person.get("name", "-"),
            "nik": person["nik"],
            "issued": self.date(found.office, found.issued),
            "until": self.date(found.office, found.valid_until),
            "office": office_name(found.office),
            "regency": regency_name(found.office),
        }
        return self._press.printed("suket", self.check_address(found), said)

    def check_address(self, found: IssuedSuket) -> str:
        """Return the address of the page that says whether a letter holds."""
        return f"{self._address}/verify/{found.code}"

    def checked(self, code: str, language: str = "id") -> dict[str, Any]:
        """Return what anybody may know who holds a letter with this code; never the NIK. Raises Unknown, StoreAway."""
        with snapshot(self._engine) as connection:
            found = suket_of_code(connection, code)
            person = person_of(connection, self._vault, found.application)
        return {
            "standing": found.standing,
            "number": found.number,
            "office": office_name(found.office),
            "regency": regency_name(found.office),
            "issued": self.date(found.office, found.issued, language),
            "until": self.date(found.office, found.valid_until, language),
            "withdrawn": found.withdrawn and self.date(found.office, found.withdrawn, language),
            "name": masked_name(person.get("name", "")) or None,
        }

    def new_resi(self, name: str, by: str) -> Resi:
        """Make a new PIN for the application of this id or resi; the old one is void. Raises Unknown and StoreAway."""
        with snapshot(self._engine) as connection:
            found = receipt(connection, name)
        pin = new_pin(self._engine, self._vault, found.application, self._audit.chain, by)
        log.warning("pin-made", application=str(found.application), by=by)
        address = f"{self._address}/track?resi={found.resi}"
        return Resi(str(found.application), found.resi, pin, found.office, found.now, address)

    def resi_pdf(self, resi: Resi) -> bytes:
        """Return the receipt for printing. Raises TemplateBroken."""
        said = {
            "resi": resi.resi,
            "pin": resi.pin,
            "office": office_name(resi.office),
            "regency": regency_name(resi.office),
            "issued": self.date(resi.office, resi.made),
        }
        return self._press.printed("resi", resi.address, said)

    def blanko_request(self, forecast: Mapping[str, Any]) -> bytes:
        """Return the request to the ministry, by an office's forecast (`ektp/reading/forecast.py`).

        Raises TemplateBroken.
        """
        office, named = forecast["office"], {"verified": "verified_a_day", "printed": "printed_a_day"}
        named |= {name: name for name in ("waiting", "stock", "incoming", "need", "capability", "order")}
        named |= {"capacity": "capacity_a_day", "days": "order_days"}
        said = {word: "-" if forecast[name] is None else _number(forecast[name]) for word, name in named.items()}
        said |= {"office": office_name(office), "regency": regency_name(office)}
        at = datetime.fromisoformat(forecast["at"])
        return self._press.plain("permintaan-blanko", {**said, "date": self.date(office, at)})

    def date(self, office: str, moment: datetime, language: str = "id") -> str:
        """Write the date that the office's own clock shows."""
        return long_date(self._keeping.calendar(office).date_of(moment), language)


def _number(number: float) -> str:
    """Write 120.000 or 361,5, as it is written in Indonesia."""
    return f"{number:,}".translate(str.maketrans(",.", ".,"))
