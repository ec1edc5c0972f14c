"""The sukets: by number, by the code on the letter, by application, all of an office."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

from ektp.reading.errors import Unknown
from ektp.reading.moments import written

Standing = Literal["valid", "withdrawn", "expired"]
_SUKET: Final = """
select number, code, application, office, issued, valid_until, renews, withdrawn, because,
    case when withdrawn is not null then 'withdrawn' when valid_until <= ektp_now() then 'expired' else 'valid' end
    as standing
from suket
"""
_OF_NUMBER: Final = text(f"{_SUKET} where number = :number")
_OF_CODE: Final = text(f"{_SUKET} where code = :code")
_OF_APPLICATION: Final = text(f"{_SUKET} where application = :application and withdrawn is null")
_OF_OFFICE: Final = text(
    f"{_SUKET} where (:everything or withdrawn is null)"
    " and (cast(:office as text) is null or office = :office or office like :office || '.%')"
    " order by office, issued, number"
)
_AT_A_TIME: Final = 1000


class IssuedSuket(NamedTuple):
    """One letter as it stands now; `code` leads to the page that says so."""

    number: str
    code: str
    application: UUID
    office: str
    issued: datetime
    valid_until: datetime
    renews: str | None
    withdrawn: datetime | None
    because: str | None
    standing: Standing

    def told(self) -> dict[str, Any]:
        """Return it as JSON values, without the code: who has that can ask for the resident's initials."""
        moments = {name: written(getattr(self, name)) for name in ("issued", "valid_until", "withdrawn")}
        known = {name: value for name, value in self._asdict().items() if name != "code"}
        return {**known, **moments, "application": str(self.application)}


def suket_of_number(connection: Connection, number: str) -> IssuedSuket:
    """Return the letter of this number; raise Unknown."""
    return _one(connection, _OF_NUMBER, number, number=number.strip())


def suket_of_code(connection: Connection, code: str) -> IssuedSuket:
    """Return the letter with this code, however it was typed; raise Unknown."""
    return _one(connection, _OF_CODE, "", code=code.replace("-", "").strip().upper())


def suket_in_force(connection: Connection, application: UUID) -> IssuedSuket | None:
    """Return the letter of an application that was not withdrawn, None without one."""
    row = connection.execute(_OF_APPLICATION, {"application": application}).one_or_none()
    return IssuedSuket(*row) if row else None


def sukets(connection: Connection, office: str | None = None, *, everything: bool = False) -> Iterator[IssuedSuket]:
    """Yield the letters that were not withdrawn, or all, of an office and its kecamatan, or of all offices."""
    values = {"office": office, "everything": everything}
    for row in connection.execute(_OF_OFFICE.execution_options(yield_per=_AT_A_TIME), values):
        yield IssuedSuket(*row)


def _one(connection: Connection, question: Any, name: str, **values: str) -> IssuedSuket:  # noqa: ANN401 - a text
    if not all(value.isprintable() for value in values.values()):
        raise Unknown("suket", "")
    row = connection.execute(question, values).one_or_none()
    if row is None:
        raise Unknown("suket", name)
    return IssuedSuket(*row)
