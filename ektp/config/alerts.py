"""The table `[alerts]` of the configuration file: from when on it is an alert, and who is told."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from ektp.config.tables import Code, Table, quiet_hours
from ektp.telling.addresses import Address
from workflows.alert import Severity
from workflows.alert_rules import ALERT_RULES
from workflows.telling import Quiet, Receiver
from workflows.watch import Limits


def _rule(name: str) -> str:
    if name not in ALERT_RULES:
        raise ValueError(f"there is no such rule: {', '.join(ALERT_RULES)}")
    return name


Rule = Annotated[str, AfterValidator(_rule)]
Least = Annotated[Severity, Field(strict=False)]


class ReceiverTable(Table):
    """Somebody who is told. The address is a secret: it stands in a file or a variable, never here."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
    url_file: Annotated[Path, Field(strict=False)] | None = None
    url_env: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")] | None = None
    rules: list[Rule] = Field(default_factory=list)
    least: Least = Severity.WARNING
    offices: list[Code] = Field(default_factory=list)
    language: Literal["id", "en"] = "id"
    quiet: Annotated[Quiet, BeforeValidator(quiet_hours)] | None = None
    wake_for: Least | Literal["nothing"] = Severity.CRITICAL
    again_after: Annotated[int, Field(ge=0, le=8760)] = 0  #: Hours; 0: never.

    @model_validator(mode="after")
    def _one_address(self) -> "ReceiverTable":
        if (self.url_file is None) == (self.url_env is None):
            raise ValueError("give either url_file or url_env")
        return self

    def receiver(self) -> Receiver:
        """Return it as whoever plans the letters wants it."""
        again = timedelta(hours=self.again_after) if self.again_after else None
        wake = None if self.wake_for == "nothing" else self.wake_for
        rules, offices = frozenset(self.rules), tuple(self.offices)
        return Receiver(self.name, rules, self.least, offices, self.language, self.quiet, wake, again)

    def address(self, beside: Path) -> Address:
        """Return where its address is; a file is looked for beside the configuration."""
        return Address(None if self.url_file is None else beside / self.url_file, self.url_env)


class AlertsTable(Table):
    """From when on it is an alert, and who is told; `outbox_old` is in minutes, `calendar_ahead` in days."""

    outbox_old: Annotated[int, Field(ge=1)] = 5
    queue_long: Annotated[int, Field(ge=1)] = 10_000
    calendar_ahead: Annotated[int, Field(ge=1, le=730)] = 60
    receivers: list[ReceiverTable] = Field(default_factory=list)

    @model_validator(mode="after")
    def _named_once(self) -> "AlertsTable":
        names = [one.name for one in self.receivers]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two receivers are called {twice}: by the name it is known who was told")
        return self

    def limits(self) -> Limits:
        """Return them as the watch wants them."""
        return Limits(
            outbox=timedelta(minutes=self.outbox_old),
            queue=self.queue_long,
            calendar=timedelta(days=self.calendar_ahead),
        )
