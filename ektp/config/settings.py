"""The settings, read once from the environment and passed on as plain values."""

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ektp.errors import WrongUse

SCENARIO_RULES: Final = "scenario.toml"  #: in the home, written by `ektp up --scenario`


def _home() -> Path:
    return Path.home() / ".local" / "share" / "ektp"


class Settings(BaseSettings):
    """What the environment says; each secret may be given as a value or as `..._FILE`."""

    model_config = SettingsConfigDict(env_prefix="EKTP_", extra="ignore", frozen=True, hide_input_in_errors=True)

    database_url: SecretStr | None = Field(None, description="PostgreSQL, `postgresql://...`; unset: embedded")
    broker_url: SecretStr | None = Field(None, description="RabbitMQ, `amqp://...`; unset: in this process")
    broker_management_url: SecretStr | None = Field(
        None, description="RabbitMQ's management interface, `http://...`; unset: the broker's host, port 15672"
    )
    home: Path = Field(default_factory=_home, description="The folder for keys and the embedded database")
    http_port: Annotated[int, Field(ge=1, le=65535)] = Field(8374, description="The port of the web pages and API")
    secret_key: SecretStr | None = Field(None, description="Encrypts personal data; at least 32 characters")
    nik_key: SecretStr | None = Field(None, description="Keys the look-up of a NIK; at least 32 characters")
    secret_key_file: Path | None = Field(None, description="A file with the secret key")
    nik_key_file: Path | None = Field(None, description="A file with the NIK key")
    audit_key: SecretStr | None = Field(None, description="Chains the audit; at least 32 characters")
    audit_key_file: Path | None = Field(None, description="A file with the audit's key")
    log_format: Literal["json", "console"] | None = Field(None, description="unset: console on a terminal, else json")
    language: Literal["id", "en"] = Field("id", description="The language of pages and messages")
    config: Path | None = Field(None, description="A TOML file: offices, campaigns, calendars, deadlines, lanes")

    @field_validator("database_url", "broker_url")
    @classmethod
    def _known_scheme(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        if not value.get_secret_value().startswith(("postgresql://", "postgres://", "amqp://", "amqps://")):
            raise ValueError("must begin with postgresql:// or amqp://")
        return value

    @field_validator("broker_management_url")
    @classmethod
    def _over_http(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        if not value.get_secret_value().startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value

    @property
    def rules(self) -> Path | None:
        """The configuration file: the one given, else that of the scenario that was simulated in this home."""
        brought = self.home / SCENARIO_RULES
        return self.config or (brought if brought.exists() else None)

    def key(self, name: str) -> tuple[str | None, Path | None]:
        """Return a key (secret-key, nik-key, audit-key) as it was given: its value, or the file that holds it."""
        value: SecretStr | None = getattr(self, name.replace("-", "_"))
        file: Path | None = getattr(self, f"{name.replace('-', '_')}_file")
        return value.get_secret_value() if value else None, file

    @property
    def beside(self) -> Path:
        """The folder in which files that the configuration names are looked for."""
        return self.rules.parent if self.rules else self.home

    def database(self) -> str | None:
        """Return the database's URL, None for the embedded one."""
        return self.database_url.get_secret_value() if self.database_url else None

    def broker(self) -> str | None:
        """Return the broker's URL, None for the one in this process."""
        return self.broker_url.get_secret_value() if self.broker_url else None

    def management(self) -> str | None:
        """Return the URL of the broker's management interface, None for the usual one."""
        return self.broker_management_url.get_secret_value() if self.broker_management_url else None


def read_settings() -> Settings:
    """Read the environment; raise WrongUse naming the variable that is wrong, never its value."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(
            f"EKTP_{str(one['loc'][0]).upper()}: {one['msg']}" for one in error.errors(include_input=False)
        )
        raise WrongUse(wrong) from None
