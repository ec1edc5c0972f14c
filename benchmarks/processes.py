"""What a party of a benchmark costs: the CPU and the memory of its processes, as Linux counts them."""

import os
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PARENT, _USER, _CHILDREN = 1, 11, 13  # places in /proc/PID/stat after the name


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds that a process and its children have used, those that have ended included."""
    own = _fields(pid)
    if own is None:
        return 0.0
    used = sum(int(ticks) for ticks in own[_USER : _CHILDREN + 2]) / _TICKS
    return used + sum(cpu_seconds(child) for child in _children(pid))


def memory(pid: int) -> int:
    """Return the resident memory of one process, in MiB."""
    pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE") // 2**20


def parent(pid: int) -> int:
    """Return the process that started this one."""
    fields = _fields(pid)
    return int(fields[_PARENT]) if fields else 0


def _children(pid: int) -> list[int]:
    everybody = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [one for one in everybody if parent(one) == pid]


def _fields(pid: int) -> list[str] | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
