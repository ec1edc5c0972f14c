"""What went wrong, in one line for a person and one number for a script; never a traceback, a NIK or a password."""

import sys
import traceback
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from consumers.errors import ConsumerError, IntakeHalted, JournalUnavailable, LinkLost, StoreAway
from ektp.errors import EktpError

DONE: Final = 0
NO: Final = 1
WRONG_USE: Final = 2
MISSING: Final = 3
# As libpq says it, and as we do.
_CAUSES: Final = {
    "password authentication failed": "the password was refused",
    "no pg_hba.conf entry": "this host may not connect",
    "does not exist": "no such database or user",
    "connection refused": "nothing listens there",
    "resolve": "no such host",
    "no such file": "nothing listens there",
    "timeout": "no answer in time",
    "too many": "it has no connection left",
}


def exit_for(error: Exception) -> int:
    """Print what *error* means on stderr and return the exit code."""
    code, words = _not_installed(error) or explained(error)
    if words:
        from ektp.logs import masked

        print(f"ektp: {masked(' '.join(words.split()))}", file=sys.stderr)
    return code


def explained(error: Exception) -> tuple[int, str]:
    """Return the exit code and the line for *error*."""
    from ektp.broker.errors import BrokerError, BrokerUrlInvalid, ManagementAway
    from ektp.storage.errors import StorageError

    match error:
        case EktpError():
            return error.exit_code, str(error)
        case StorageError():
            return MISSING, str(error)
        case _ if _is_store_away(error):
            return MISSING, f"{_database()} cannot be used ({_cause(error)}): start it, or correct EKTP_DATABASE_URL"
        case LinkLost():
            return MISSING, f"{_broker()} cannot be used ({error}): start it, or correct EKTP_BROKER_URL"
        case BrokerUrlInvalid():
            return WRONG_USE, f"EKTP_BROKER_URL: {error}"
        case ManagementAway():
            return MISSING, str(error)
        case IntakeHalted():
            return NO, f"stopped, and nothing is lost: {error}; read the log, go back to the former release"
        case BrokerError() | ConsumerError():
            return NO, str(error)
        case _ if hasattr(error, "format_message"):
            return _misused(error)
        case _:
            return NO, _unexpected(error)


def _not_installed(error: Exception) -> tuple[int, str] | None:
    """Explain a module that is none of ours: its package was not installed."""
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    if missing is None or missing.partition(".")[0] in {"schemas", "workflows", "consumers", "ektp"}:
        return None
    return MISSING, "this installation has the station's parts only: pip install '.[server]'"


def _is_store_away(error: Exception) -> bool:
    if isinstance(error, (StoreAway, JournalUnavailable)):
        return True
    drivers = ("sqlalchemy.exc", "psycopg")
    return any(isinstance(error, sys.modules[name].OperationalError) for name in drivers if name in sys.modules)


def _cause(error: BaseException) -> str:
    """Return why the database cannot be used in our own words: the driver's text names accounts."""
    chain = [error]
    while (before := chain[-1].__cause__ or chain[-1].__context__) is not None:
        chain.append(before)
    told = " ".join(str(one) for one in chain).lower()
    known = (words for sign, words in _CAUSES.items() if sign in told)
    return next(known, str(error) if isinstance(error, (StoreAway, JournalUnavailable)) else "it went away")


def _misused(error: Exception) -> tuple[int, str]:
    """Explain what the parser of the command line found; its classes are private to Typer."""
    context = getattr(error, "ctx", None)
    where = f" (see `{context.command_path} --help`)" if context is not None else ""
    message = str(error.format_message()).strip().rstrip(".")  # type: ignore[attr-defined]
    return getattr(error, "exit_code", WRONG_USE), message + where


def _unexpected(error: Exception) -> str:
    """Name the kind and the place only: the text of an unknown error may quote anything."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"unexpected {type(error).__name__}{place}: this is a fault of the program, please report it"


def _database() -> str:
    return _place("PostgreSQL", "EKTP_DATABASE_URL")


def _broker() -> str:
    return _place("RabbitMQ", "EKTP_BROKER_URL")


def _place(what: str, variable: str) -> str:
    import os

    try:
        parts = urlsplit(os.environ.get(variable, ""))
        host, port = parts.hostname, parts.port
    except ValueError:
        return what
    return f"{what} at {host}{f':{port}' if port else ''}{parts.path}" if host else what
