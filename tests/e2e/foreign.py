"""What of the bad inputs a client other than ours can send, and how."""

from typing import Final

from tests.bad_inputs import KEY, STRUCTURED, BadInput

LONGEST_LINE: Final = 30_000  # bytes; amqp-publish cuts longer ones in two


def fits_a_line(case: BadInput) -> bool:
    """Tell whether it can be one line among others of the same key."""
    plain = not case.headers and not case.properties and case.content_type == STRUCTURED and case.routing_key == KEY
    return plain and len(case.body) < LONGEST_LINE and not {b"\n", b"\0"} & set(_bytes_of(case.body))


def options(case: BadInput) -> list[str] | None:
    """Return the options with which amqp-publish sends it from standard input; None where it cannot."""
    words = [f"--header={name}: {value}" for name, value in case.headers.items()]
    if not all(isinstance(value, str) for value in case.headers.values()):
        return None
    if case.content_type is not None:
        words.append(f"--content-type={case.content_type}")
    known = dict(case.properties)
    if (encoding := known.pop("content_encoding", None)) is not None:
        words.append(f"--content-encoding={encoding}")
    return None if known or "\0" in case.routing_key else words


def _bytes_of(body: bytes) -> list[bytes]:
    return [bytes([one]) for one in set(body)]
