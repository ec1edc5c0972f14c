"""Which release this is."""

from importlib.metadata import PackageNotFoundError, version


def release_name() -> str:
    """Return the version that is installed, "unknown" where the sources run without an installation."""
    try:
        return version("ektp")
    except PackageNotFoundError:
        return "unknown"
