"""Tests in several processes at once: what each of them has to say is said once, at the end of the run."""

from collections.abc import Mapping

import pytest

_SAID = pytest.StashKey[list[str]]()
_OUTPUT = "said"


def say(config: pytest.Config, line: str) -> None:
    """Keep a line for the end of the run; the same line is said once."""
    if line not in (said := said_by(config)):
        said.append(line)


def said_by(config: pytest.Config) -> list[str]:
    """Return what is to be said at the end."""
    return config.stash.setdefault(_SAID, [])


def hand_over(config: pytest.Config) -> None:
    """Give everything that is to be said to the process that began the run, if it is another one."""
    if (output := getattr(config, "workeroutput", None)) is not None:
        output[_OUTPUT] = said_by(config)


def take_over(config: pytest.Config, output: Mapping[str, list[str]]) -> None:
    """Take what a process that has ended handed over; nothing where it died."""
    for line in output.get(_OUTPUT, ()):
        say(config, line)
