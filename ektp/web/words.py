"""The words of the pages in Indonesian and English, a file for each page in `wording`, and which language is wanted."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

Language = Literal["id", "en"]
_FOLDER: Final = Path(__file__).parent / "wording"


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield file, key, and the words in Indonesian and in English, of every line of the folder `wording`."""
    for file in sorted(_FOLDER.glob("*.txt")):
        for line in file.read_text().splitlines():
            if line.strip():
                key, indonesian, english = (cell.strip() for cell in line.split("|"))
                yield file.name, key, indonesian, english


def _columns() -> Mapping[Language, Mapping[str, str]]:
    every = list(rows())
    return MappingProxyType(
        {"id": {key: words for _, key, words, _ in every}, "en": {key: words for _, key, _, words in every}}
    )


WORDS: Final = _columns()
_MARKS: Final[Mapping[Language, str]] = {"id": ".", "en": ","}
_DECIMAL: Final[Mapping[Language, str]] = {"id": ",", "en": "."}


def number(count: int, language: Language) -> str:
    """Write a count with the language's mark at the thousands."""
    return f"{count:,}".replace(",", _MARKS[language])


def decimal(value: float, language: Language) -> str:
    """Write a value with one decimal, where it has one, and the language's marks."""
    text = f"{value:,.1f}".removesuffix(".0")
    return text.translate(str.maketrans(",.", ".,")) if language == "id" else text


def percent(share: float, language: Language) -> str:
    """Write a share (0 to 1) in percent, with the language's mark before the decimals."""
    return f"{share:.1%}".replace(".", _DECIMAL[language]).replace("%", " %")


def wanted_language(accepted: str, default: Language) -> Language:
    """Return the language of ours that an Accept-Language header ranks first, the default without one."""
    best: tuple[float, Language] = (0.0, default)
    for part in accepted.split(","):
        tag, _, weight = part.partition(";")
        primary = tag.strip().lower().partition("-")[0]
        if (language := OURS.get(primary)) is not None and (rank := _rank(weight)) > best[0]:
            best = (rank, language)
    return best[1]


# "in" is what older systems call Indonesian.
OURS: Final[Mapping[str, Language]] = {"id": "id", "in": "id", "en": "en"}


def _rank(weight: str) -> float:
    try:
        return float(weight.strip().removeprefix("q=") or 1)
    except ValueError:
        return 0.0
