"""Where addresses are, of receivers and gateways: files or variables, read when needed and never repeated."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ektp.telling.errors import AddressMissing


@dataclass(frozen=True, slots=True)
class Address:
    """Where one address is kept: a file, or a variable of the environment."""

    file: Path | None = None
    variable: str | None = None


class Addresses:
    """The addresses by name, as the table *place* of EKTP_CONFIG has them.

    A file that is written anew counts from the next letter on.
    """

    def __init__(self, kept: Mapping[str, Address], place: str = "alerts.receivers") -> None:
        self._kept = kept
        self._place = place

    def of(self, name: str) -> str:
        """Return the address (a URL of Apprise). Raises AddressMissing."""
        kept, receiver = self._kept.get(name), f"{self._place} {name}"
        if kept is None:
            raise AddressMissing(receiver, "there is none in EKTP_CONFIG")
        if kept.file is None:
            return self._given(receiver, kept.variable or "")
        try:
            text = kept.file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = (error.strerror if isinstance(error, OSError) else None) or "not text"
            raise AddressMissing(receiver, f"url_file {kept.file}: {why}: correct the path") from None
        if not text:
            raise AddressMissing(receiver, f"url_file {kept.file} is empty: write the URL into it")
        return text

    def _given(self, receiver: str, variable: str) -> str:
        text = os.environ.get(variable, "").strip()
        if not text:
            raise AddressMissing(receiver, f"{variable} is not set in the environment of this process")
        return text
