"""Where the receivers' addresses are: in files or the environment, read when they are needed, and never repeated."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ektp.telling.errors import AddressMissing


@dataclass(frozen=True, slots=True)
class Address:
    """Where one receiver's address is kept: a file, or a variable of the environment."""

    file: Path | None = None
    variable: str | None = None


class Addresses:
    """The addresses by receiver; a file that is written anew counts from the next letter on."""

    def __init__(self, kept: Mapping[str, Address]) -> None:
        self._kept = kept

    def of(self, receiver: str) -> str:
        """Return the address (a URL of Apprise). Raises AddressMissing."""
        kept = self._kept.get(receiver)
        if kept is None:
            raise AddressMissing(receiver, "no such receiver in EKTP_CONFIG")
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
