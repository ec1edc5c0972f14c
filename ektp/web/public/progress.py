"""An application's progress in words for its resident: the day and how sure it is, the way, who had the move."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

from ektp.letters.dates import long_date
from ektp.letters.names import office_name, regency_name
from ektp.letters.opening import closed_soon, usual_hours
from ektp.reading.announced import Announced
from ektp.reading.outlook import Outlook
from ektp.reading.tracking import Progress
from ektp.web.public.tracking import Seen
from ektp.web.words import WORDS, Language, decimal, number
from workflows.card_issuance import Party
from workflows.journey import When
from workflows.outlook import promise
from workflows.timers import PRINTED_OR_OVER

if TYPE_CHECKING:
    from ektp.bootstrap import Parts

_PARTIES: Final = tuple(party for party in Party if party is not Party.NOBODY)


def told(seen: Seen, parts: "Parts", language: Language) -> dict[str, Any]:
    """Return what the template shows, in words."""
    found, words = seen.progress, WORDS[language]
    says, calendar = found.says, parts.keeping.calendar(found.office)
    today = calendar.date_of(found.now)

    def day(moment: datetime) -> str:
        return long_date(calendar.date_of(moment), language)

    return {
        "text": says.text.id if language == "id" else says.text.en,
        "state": found.state.value,
        "whose_move": None if found.whose_move is Party.NOBODY else words[f"track-move-{found.whose_move}"],
        "must_come": says.must_come,
        "bring": says.bring,
        "when": _when(found.outlook, words, language),
        "promise": _promise(found, words, day, found.due and calendar.date_of(found.due)),
        "due": found.due and day(found.due),
        "way": _way(found, words, day),
        "left_out": found.journey.left_out,
        "waited": [(words[f"track-party-{one}"], _days(found.waited[one], words, language))
                   for one in _PARTIES if one in found.waited],
        "suket": found.suket and day(found.suket),
        "visit": found.visit and _visit(found.visit, day, calendar.offset, words),
        "office": f"{office_name(found.office)}, {regency_name(found.office)}",
        "address": parts.config.address(found.office),
        "hours": usual_hours(calendar, language),
        "closed": closed_soon(calendar, today, language),
        "today": long_date(today, language),
        "ticket": seen.ticket,
        "stopped": seen.stopped,
    }  # fmt: skip


def _when(outlook: Outlook, words: Mapping[str, str], language: Language) -> str:
    """Say from when until when, or that nobody knows."""
    return words[f"track-when-{outlook.certainty}"].format(
        first=outlook.first and long_date(outlook.first, language),
        last=outlook.last and long_date(outlook.last, language),
        days=outlook.days and number(outlook.days, language),
        cards=outlook.cards and number(outlook.cards, language),
    )


def _promise(found: Progress, words: Mapping[str, str], day: Any, due: date | None) -> str | None:  # noqa: ANN401 - as below
    """Say what was promised, and admit what is known of it by now."""
    if found.due is None or due is None or found.state in PRINTED_OR_OVER:
        return None
    stands = promise(due, found.outlook.certainty, found.outlook.first, late=found.late)
    return words[f"track-promise-{stands}"].format(due=day(found.due))


def _visit(visit: Announced, day: Any, ahead: timedelta, words: Mapping[str, str]) -> str:  # noqa: ANN401 - as above
    clock = visit.when.astimezone(timezone(ahead))
    return words["track-visit-at"].format(day=day(visit.when), time=f"{clock:%H.%M}", where=visit.where)


def _way(found: Progress, words: Mapping[str, str], day: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - as above
    return [
        {
            "when": step.when.value,
            "text": words[f"track-{'ahead' if step.when is When.NEXT else 'step'}-{step.state}"],
            "date": step.at and day(step.at),
        }
        for step in found.journey.steps
    ]


def _days(days: float, words: Mapping[str, str], language: Language) -> str:
    if round(days, 1) == 0:
        return words["track-less"]
    return words["track-days"].format(days=decimal(round(days, 1), language))
