"""How the pages are drawn: templates, words, numbers and moments in somebody's language."""

from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request

from ektp.web.web import web_of
from ektp.web.words import OURS, WORDS, Language, decimal, number, percent, wanted_language
from schemas.zones import by_the_clock

LANGUAGE_COOKIE: Final = "ektp-language"
_FOLDER: Final = Path(__file__).parent / "templates"


def language_of(request: Request) -> Language:
    """Return the language that was chosen here, else the one the browser asks for, else the installation's."""
    chosen = OURS.get(request.cookies.get(LANGUAGE_COOKIE, ""))
    accepted = request.headers.get("accept-language", "")
    return chosen or wanted_language(accepted, web_of(request).parts.settings.language)


def page(name: str, language: Language, **values: Any) -> str:  # noqa: ANN401 - whatever the template names
    """Draw a template; `number`, `decimal`, `percent` and `moment` write in the language."""
    spoken = {
        "language": language,
        "words": WORDS[language],
        "number": partial(number, language=language),
        "decimal": partial(decimal, language=language),
        "percent": partial(percent, language=language),
        "moment": moment,
    }
    return _templates().get_template(name).render(**spoken, **values)


def moment(written: str | None, office: str | None = None) -> Markup:
    """Write a moment (RFC 3339) by the clocks of an office, with the name of its zone; a dash for none."""
    if written is None:
        return Markup("&ndash;")
    there = by_the_clock(datetime.fromisoformat(written), office or "")
    return Markup('<time datetime="{}">{}</time>').format(written, there)


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
