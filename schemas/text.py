"""What may be written in a text field: any script of the world, and nothing that cannot be seen."""

import unicodedata
from typing import Annotated, Final

from pydantic import BeforeValidator, StringConstraints
from pydantic_core import PydanticCustomError

from schemas.nik import holds_nik, mask_niks

#: The zero width (non-)joiner shapes letters in Balinese, Javanese and Arabic script, so it may stand between two.
_JOINERS: Final = frozenset("\u200c\u200d")
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def readable(value: object) -> object:
    """Bring a text into NFC; refuse control, direction and invisible characters, and nothing but spaces."""
    if not isinstance(value, str):
        return value
    if not value.isascii():
        value = unicodedata.normalize("NFC", value)
    # All that isprintable() refuses in ASCII are the controls; beyond ASCII it is stricter than we are.
    if not value.isprintable() and not all(map(_may_stand, " " + value, value, value[1:] + " ")):
        raise PydanticCustomError("control-character", "must hold no control, direction or invisible characters")
    if value.isspace():
        raise PydanticCustomError("bad-data", "must not be empty")
    return value


def _may_stand(before: str, character: str, after: str) -> bool:
    if character in _JOINERS:
        return unicodedata.category(before)[0] in "LM" and unicodedata.category(after)[0] in "LM"
    return unicodedata.category(character) not in _UNSEEN


def _public(value: object) -> object:
    """Read a free text that leaves our hands: a NIK that somebody wrote into it is masked, not passed on."""
    text = readable(value)
    return mask_niks(text) if isinstance(text, str) else text


def _number_of_ours(value: object) -> object:
    """Read a number or name of a paper or a thing; a person's number is not one."""
    text = readable(value)
    if isinstance(text, str) and holds_nik(text):
        raise PydanticCustomError("bad-data", "must be a number of its own, never a NIK")
    return text


#: A person's name or address: kept exactly (NFC), one word is enough.
Name = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=200), BeforeValidator(readable)]
#: An explanation written by a person.
Text = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=500), BeforeValidator(_public)]
#: The number of a paper or the name of a thing: an enrolment, a letter, a delivery note, a printer.
Mark = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=64), BeforeValidator(_number_of_ours)]
