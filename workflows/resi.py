"""The resi: the receipt's code, short enough to be read over a telephone."""

from hashlib import sha256
from typing import Final
from uuid import UUID

# Crockford's base 32: no I, L, O or U, so that nothing can be misread.
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BITS: Final = 60


def resi_of(application: UUID) -> str:
    """Return the code of *application*, `XXXX-XXXX-XXXX`: 60 bits of its digest, the same whenever it is asked."""
    number = int.from_bytes(sha256(b"resi:" + application.bytes).digest()[:8], "big") >> (64 - _BITS)
    letters = spelled(number, _BITS)
    return "-".join((letters[:4], letters[4:8], letters[8:]))


def spelled(number: int, bits: int) -> str:
    """Return a number of so many bits, a multiple of five, in letters that nobody misreads."""
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(bits - 5, -1, -5))


def mark_of(station: str) -> str:
    """Return the three letters with which the resi of every application made at a station begins."""
    number = int.from_bytes(sha256(b"station:" + station.encode()).digest()[:2], "big") >> 1
    return spelled(number, 15)
