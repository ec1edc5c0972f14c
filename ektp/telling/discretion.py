"""Apprise's own lines quote addresses: they reach nobody, or only whoever made the call and asks for them."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

_NOTHING: Final = logging.CRITICAL + 1
_OWN: Final = logging.getLogger("apprise")
_alone: Final = Lock()
_listeners: Final = list[None]()


def be_discreet() -> None:
    """Let no line of Apprise, or of what it speaks with, leave this process."""
    for name in ("requests", "urllib3"):
        logging.getLogger(name).setLevel(_NOTHING)
    with _alone:
        if not _listeners:
            _OWN.setLevel(_NOTHING)


@contextmanager
def overheard() -> Iterator[None]:
    """Let a call within the block note everything in its own result, and nowhere else; for any number of threads."""
    be_discreet()
    silent = logging.NullHandler()
    with _alone:
        _listeners.append(None)
        _OWN.propagate = False
        _OWN.addHandler(silent)
        _OWN.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        with _alone:
            _listeners.pop()
            _OWN.removeHandler(silent)
            if not _listeners:
                _OWN.setLevel(_NOTHING)
                _OWN.propagate = True
