"""The table `[messages]` of the configuration file: how residents are told, and over what."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from ektp.config.offices import MannerTable
from ektp.config.tables import Table
from ektp.telling.addresses import Address
from workflows.messages import Manner

Channel = Literal["sms", "whatsapp", "email"]


class GatewayTable(Table):
    """What carries the messages of one channel; its URL is a secret and stands in a file or a variable, never here."""

    url_file: Annotated[Path, Field(strict=False)] | None = None
    url_env: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")] | None = None
    a_minute: Annotated[int, Field(ge=1, le=100_000)] = 60

    @model_validator(mode="after")
    def _one_address(self) -> "GatewayTable":
        if (self.url_file is None) == (self.url_env is None):
            raise ValueError("give either url_file or url_env")
        return self

    def address(self, beside: Path) -> Address:
        """Return where its URL is; a file is looked for beside the configuration."""
        return Address(None if self.url_file is None else beside / self.url_file, self.url_env)


class MessagesTable(MannerTable):
    """How residents are told where their office says nothing else; `templates` holds an office's own texts.

    A channel without a gateway is written to files. `bounced` is the share that may come back, in per cent.
    """

    templates: Annotated[Path, Field(strict=False)] | None = None
    gateways: dict[Channel, GatewayTable] = Field(default_factory=dict)
    bounced: Annotated[int, Field(ge=1, le=100)] = 10


def manner_of(tables: Iterable[MannerTable]) -> Manner:
    """Take each setting from the first table that has it."""
    found: dict[str, Any] = {}
    for table in tables:
        for name in MannerTable.model_fields:
            value = getattr(table, name)
            if value is not None:
                found.setdefault(name, value)
    if "tell" in found:
        found["tell"] = frozenset(found["tell"])
    return Manner(**{**found, "quiet": found.get("quiet") or None})
