"""How a notice would be told: with a receipt that nobody has, and days of next week."""

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from ektp.bootstrap import config_of
from ektp.errors import WrongUse
from ektp.letters.names import office_name
from ektp.residents.texts import Texts
from schemas.places import place
from schemas.resident import RESIDENT
from workflows.message_texts import Facts, segments, written
from workflows.messages import TOLD

if TYPE_CHECKING:
    from ektp.config.settings import Settings

RESI: Final = "7K2M-9QXA-4TZC"
_AHEAD: Final = timedelta(days=7)


def previewed(settings: "Settings", notice: str, language: str, office: str) -> dict[str, Any]:
    """Return the texts of one notice as an office tells it. Raises WrongUse for what there is not."""
    if notice not in TOLD:
        raise WrongUse(f"no resident is told of {notice}: {', '.join(TOLD)}")
    if place(office) is None:
        raise WrongUse(f"no region has the code {office}: 33.74, 33.74.10")
    config = config_of(settings)
    folder = config.messages.templates
    texts = Texts(None if folder is None else settings.beside / folder)
    if language not in texts.languages:
        raise WrongUse(f"nobody wrote {language}: {', '.join(texts.languages)}")
    page = f"{config.letters.address or f'http://127.0.0.1:{settings.http_port}'}/track"
    return told(texts, notice, language, office, Facts(RESI, office_name(office), config.office(office).week, page))


def told(texts: Texts, notice: str, language: str, office: str, facts: Facts) -> dict[str, Any]:
    """Return the texts of one notice, filled with *facts* and days of next week."""
    ahead: date = (datetime.now(UTC) + _AHEAD).date()
    at = datetime.combine(ahead, time(9))
    full = facts._replace(
        due=ahead, until=ahead, when=at, where=office_name(office), bring=RESIDENT.get(notice, {}).get("bring", ())
    )
    spoken = texts.of(language, office)
    brief, long = (written(spoken, notice, channel, full) for channel in ("sms", "whatsapp"))
    return {
        "notice": notice,
        "language": language,
        "subject": long.subject,
        "short": brief.text,
        "segments": segments(brief.text),
        "long": long.text,
    }
