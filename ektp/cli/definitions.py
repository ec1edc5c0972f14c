"""An account written as RabbitMQ imports it, where there is no management interface to ask."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from ektp.errors import WrongUse

Definitions = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write the account for RabbitMQ to import, in place of asking it.")
]


def write_definitions(file: Path, document: Mapping[str, Any]) -> None:
    """Write the file, readable by nobody else. Raises WrongUse."""
    try:
        file.touch(mode=0o600)
        file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise WrongUse(f"{file}: {error.strerror}: name another file") from None
