"""The texts of messages, read from their files: ours, and over them those of an office."""

import tomllib
from collections.abc import Mapping
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from ektp.errors import WrongUse
from workflows.errors import BadTexts
from workflows.message_texts import Language, language_of, overridden

_OURS: Final = files("ektp.residents") / "templates"


class Texts:
    """Every language there is. An office's own files lie in `folder`, and below it in folders named by its code."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self.of = lru_cache(maxsize=10_000)(self._of)

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The codes of the languages, each the name of a file."""
        return tuple(sorted(one.name.removesuffix(".toml") for one in _OURS.iterdir() if one.name.endswith(".toml")))

    def _of(self, code: str, office: str) -> Language:
        """Return a language as an office speaks it. Raises WrongUse with the file and what is wrong in it."""
        if self._folder is None:
            return _ours(code)
        language = _ours(code)
        for folder in (self._folder, *(self._folder / office[:end] for end in (2, 5, 8) if len(office) >= end)):
            file = folder / f"{code}.toml"
            if file.is_file():
                try:
                    language = overridden(language, _read(file), str(file))
                except BadTexts as bad:
                    raise WrongUse(str(bad)) from None
        return language


@lru_cache(maxsize=100)
def _ours(code: str) -> Language:
    file = _OURS / f"{code}.toml"
    return language_of(tomllib.loads(file.read_text(encoding="utf-8")), file.name)


def _read(file: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise WrongUse(f"{file}: {error.strerror}: correct the folder of [messages] templates") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongUse(f"{file}: not TOML: {error}") from None
