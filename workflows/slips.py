"""What somebody may have meant who typed a resi: the same letters, or one slip of the finger away."""

from typing import Final

from workflows.resi import spelled

_LETTERS: Final = "".join(spelled(number, 5) for number in range(32))
_LENGTH: Final = 12
# As the alphabet's author reads them.
_MISREAD: Final = str.maketrans("OIL", "011", "- ")


def read_resi(typed: str) -> str | None:
    """Return a resi as it is written, None for what cannot be one."""
    letters = typed.strip().upper().translate(_MISREAD)
    if len(letters) != _LENGTH or not set(letters) <= set(_LETTERS):
        return None
    return _written(letters)


def slips(resi: str) -> set[str]:
    """Return every resi that differs from this one by one letter or by two neighbours that changed places."""
    letters = resi.replace("-", "")
    changed = {letters[:at] + other + letters[at + 1 :] for at in range(_LENGTH) for other in _LETTERS}
    swapped = {letters[:at] + letters[at + 1] + letters[at] + letters[at + 2 :] for at in range(_LENGTH - 1)}
    return {_written(one) for one in (changed | swapped) - {letters}}


def _written(letters: str) -> str:
    return "-".join((letters[:4], letters[4:8], letters[8:]))
