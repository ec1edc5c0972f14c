"""Which release this is."""

import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

_PROJECT: Final = Path(__file__).parents[1] / "pyproject.toml"


def release_name() -> str:
    """Return the version that is installed, or that the sources beside us say they are; "unknown" without either."""
    try:
        return version("ektp")
    except PackageNotFoundError:
        return _of_the_sources()


def _of_the_sources() -> str:
    try:
        said = tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]["version"]
    except (OSError, ValueError, LookupError):
        return "unknown"
    return str(said)
