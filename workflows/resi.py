"""The resi: the receipt's code, short enough to be read over a telephone."""

from hashlib import sha256
from typing import Final
from uuid import UUID

# Crockford's base 32: no I, L, O or U, so that nothing can be misread.
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BITS: Final = 60
_PAIRS: Final = tuple(one + other for one in _ALPHABET for other in _ALPHABET)  # two letters at once
_SHIFTS: Final = tuple(range(_BITS - 10, -1, -10))
#: How many letters at the beginning of a resi name the station that gave it, and their bits.
MARK: Final = 3
_MARK_BITS: Final = 5 * MARK
_LOW: Final = (1 << 48) - 1  # the last six bytes of a UUID hold neither its version nor its variant


def resi_of(application: UUID) -> str:
    """Return the code of *application*, `XXXX-XXXX-XXXX`: 60 bits of its digest, the same whenever it is asked."""
    number = int.from_bytes(sha256(b"resi:" + application.bytes).digest()[:8], "big") >> (64 - _BITS)
    one, two, three, four, five, six = [_PAIRS[number >> shift & 1023] for shift in _SHIFTS]
    return f"{one}{two}-{three}{four}-{five}{six}"


def spelled(number: int, bits: int) -> str:
    """Return a number of so many bits, a multiple of five, in letters that nobody misreads."""
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(bits - 5, -1, -5))


def mark_of(station: str) -> str:
    """Return the three letters with which the resi of this station's applications begin."""
    return spelled(_first_bits(sha256(b"station:" + station.encode()).digest()), _MARK_BITS)


def application_of(station: str, start: UUID) -> UUID:
    """Return the first UUID from *start* on, a random one, whose resi begins with the station's mark.

    So a resi that never reached the centre still tells which station gave it. About 33,000 are looked at.
    """
    wanted = _first_bits(sha256(b"station:" + station.encode()).digest())
    head, tail = start.bytes[:10], int.from_bytes(start.bytes[10:], "big")
    begun = sha256(b"resi:" + head)
    while True:
        low = (tail & _LOW).to_bytes(6, "big")
        digest = begun.copy()
        digest.update(low)
        if _first_bits(digest.digest()) == wanted:
            return UUID(bytes=head + low)
        tail += 1


def _first_bits(digest: bytes) -> int:
    return int.from_bytes(digest[:2], "big") >> (16 - _MARK_BITS)
