"""What the embedded PostgreSQL wrote into its log when it gave up."""

from pathlib import Path
from typing import Final

TAIL: Final = 500  # lines; a hundred sessions that outlive their server say a few lines each


def last_complaint(log: Path, process: int) -> str:
    """Return the line with which the server of this process number gave up, and the last line where it said none.

    A child of it may have said why in its place; a session of the server before it says its own end among them.
    """
    lines = log.read_text(errors="replace").splitlines()[-TAIL:]
    complaints = [line for line in lines if "FATAL" in line or "PANIC" in line]
    own = [line for line in complaints if f" [{process}] " in line]
    return (own or complaints or lines or [""])[-1]
