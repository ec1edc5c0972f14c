"""Node.js for the example in TypeScript: whether there is one, and how the example is compiled away from the tree."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

EXAMPLES: Final = Path(__file__).parents[2] / "examples"
FILES: Final = ("package.json", "package-lock.json", "tsconfig.json", "subscriber.ts")
#: Asks the index that npm is set to for one small package, and installs nothing.
INDEX: Final = ("npm", "view", "amqplib", "version", "--fetch-retries=0", "--fetch-timeout=5000")


def node_missing() -> str | None:
    """Return why the example cannot be run here, None if it can."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "there is no Node.js: `apt-get install nodejs npm`"
    asked = subprocess.run(INDEX, capture_output=True, check=False)
    return "no index of npm answers" if asked.returncode else None


def build(folder: Path) -> Path:
    """Install what the lock file says, whatever it is called at the index, and compile; return the folder."""
    for name in FILES:
        shutil.copy(EXAMPLES / name, folder / name)
    for words in (("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"), ("npx", "--no-install", "tsc")):
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, timeout=240)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder
