"""The key of the audit in the tests: as commands are given it, and as it chains."""

from hashlib import sha256
from typing import Final

AUDIT_KEY_TEXT: Final = "a third secret of the tests, for the audit alone"
AUDIT_KEY: Final = sha256(AUDIT_KEY_TEXT.encode()).digest()
