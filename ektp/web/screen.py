"""How the pages are drawn: templates, words, numbers and the diagram in somebody's language."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request

from ektp.reading.lifecycle_diagram import svg
from ektp.web.web import web_of
from ektp.web.words import WORDS, Language, number, percent, wanted_language
from workflows.card_issuance import State

_FOLDER: Final = Path(__file__).parent / "templates"


def language_of(request: Request) -> Language:
    """Return the language the browser asks for, else the installation's."""
    return wanted_language(request.headers.get("accept-language", ""), web_of(request).parts.settings.language)


def page(name: str, language: Language, **values: Any) -> str:  # noqa: ANN401 - whatever the template names
    """Draw a template."""
    view = values.get("view")
    moving = Markup(fragment(view, language)) if view else ""  # noqa: S704 - our own template, which escapes
    return _templates().get_template(name).render(language=language, words=WORDS[language], moving=moving, **values)


def fragment(view: dict[str, Any], language: Language) -> str:
    """Draw the moving part of the board."""
    counts = {State(state): number(count, language) for state, count in view["states"].items()}
    late = {State(state): number(count, language) for state, count in view["overdue_by_state"].items() if count}
    diagram = Markup(svg(counts, late))  # noqa: S704 - it escapes what it writes
    return (
        _templates()
        .get_template("board.html")
        .render(
            view=view,
            diagram=diagram,
            language=language,
            words=WORDS[language],
            number=lambda count: number(count, language),
            percent=lambda share: percent(share, language),
        )
    )


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
