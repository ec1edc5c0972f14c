"""The garbage collector of a process that runs for long: it looks at what is new, and seldom."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# A batch of 500 events makes some ten thousand objects that reference counting frees by itself; looking for cycles
# among them every 700 took a fifth of a consumer's time.
_NEW: Final = 50_000  # objects


def settle_down() -> None:
    """Look no more at what has been loaded so far, and less often at the rest; call it when a process has started."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW, 20, 50)


@contextmanager
def left_alone() -> Iterator[None]:
    """Look for nothing meanwhile: what makes hundreds of thousands of objects and keeps them has no cycles to find."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
