"""The texts of messages: one table for each language, checked when it is read, filled with what is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from string import Formatter
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from workflows.errors import BadTexts
from workflows.messages import TOLD
from workflows.office_hours import Hours

#: What a text may name: see `Facts`.
FIELDS: Final = frozenset({"resi", "office", "hours", "due", "until", "bring", "page", "when", "where"})
PAPERS: Final = ("resi", "suket", "kk")
PARTS: Final = ("short", "long", "subject")
#: The channels for which the short text is made.
BRIEF: Final = frozenset({"sms"})
# GSM 03.38: what an SMS holds in seven bits; those of the second row take two places.
_SEVEN_BITS: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TWO_PLACES: Final = frozenset("^{}\\[~]|€")


class Text(NamedTuple):
    """What is said of one notice: in an SMS, anywhere else, and over a letter."""

    short: str
    long: str
    subject: str


@dataclass(frozen=True, slots=True)
class Language:
    """One language: its words for days, months and papers, and the text of every notice."""

    name: str
    days: tuple[str, ...]  #: Monday first.
    months: tuple[str, ...]
    date: str  #: Of {weekday}, {day}, {month}, {year}.
    clock: str  #: Between hours and minutes.
    both: str  #: Before the last of several things: "and".
    soon: str  #: Where no date is known.
    papers: Mapping[str, str]
    texts: Mapping[str, Text]


class Facts(NamedTuple):
    """What a text is filled with; `bring` are names of papers, `due` and `until` days at the office.

    `when` and `where` are an appointment's, by the clock of the office.
    """

    resi: str
    office: str
    week: Sequence[Hours | None]
    page: str
    due: date | None = None
    until: date | None = None
    bring: Sequence[str] = ()
    when: datetime | None = None
    where: str = ""


class Written(NamedTuple):
    """A message in words."""

    subject: str
    text: str


def language_of(table: Mapping[str, Any], where: str) -> Language:
    """Read a whole language from the table of its file. Raises BadTexts with *where* and what is wrong."""
    words = dict(_table(table, "words", where))
    texts = {name: _text(name, _table(table, name, where), where) for name in TOLD}
    if strange := table.keys() - {"words", *TOLD}:
        raise BadTexts(where, f"there is no notice {min(strange)}")
    try:
        found = Language(
            str(words["name"]), tuple(words["days"]), tuple(words["months"]), words["date"], words["clock"],
            words["both"], words["soon"], {paper: str(words["papers"][paper]) for paper in PAPERS},
            MappingProxyType(texts),
        )  # fmt: skip
    except KeyError as missing:
        raise BadTexts(where, f"words has no {missing.args[0]}") from None
    if (len(found.days), len(found.months)) != (7, 12):
        raise BadTexts(where, "a week has seven days and a year twelve months")
    return found


def overridden(language: Language, table: Mapping[str, Any], where: str) -> Language:
    """Return a language in which an office's own texts stand in place of ours. Raises BadTexts."""
    texts = dict(language.texts)
    for name in table:
        if name not in texts:
            raise BadTexts(where, f"there is no notice {name}: {', '.join(texts)}")
        texts[name] = _text(name, {**texts[name]._asdict(), **_table(table, name, where)}, where)
    return replace(language, texts=MappingProxyType(texts))


def written(language: Language, notice: str, channel: str, facts: Facts) -> Written:
    """Write what is told of a notice on a channel."""
    text = language.texts[notice]
    fields = {
        "resi": facts.resi,
        "office": facts.office,
        "hours": hours_in_words(language, facts.week),
        "due": day_in_words(language, facts.due),
        "until": day_in_words(language, facts.until),
        "bring": listed(language, [language.papers[paper] for paper in facts.bring]),
        "page": facts.page,
        "when": moment_in_words(language, facts.when),
        "where": facts.where,
    }
    subject, body = text.subject, text.short if channel in BRIEF else text.long
    return Written(subject.format(**fields), body.format(**fields))


def hours_in_words(language: Language, week: Sequence[Hours | None]) -> str:
    """Return when an office is open: Senin-Kamis 08.00-15.00, Jumat 08.00-11.00."""
    spans = []
    for hours, days in groupby(range(len(week)), key=lambda day: week[day]):
        if hours is not None:
            first, *rest = (language.days[day] for day in days)
            clock = "-".join(f"{one:%H}{language.clock}{one:%M}" for one in (hours.opens, hours.closes))
            spans.append(f"{f'{first}-{rest[-1]}' if rest else first} {clock}")
    return ", ".join(spans)


def day_in_words(language: Language, day: date | None) -> str:
    """Return a day as one says it, or that it is not known."""
    if day is None:
        return language.soon
    weekday, month = language.days[day.weekday()], language.months[day.month - 1]
    return language.date.format(weekday=weekday, day=day.day, month=month, year=day.year)


def moment_in_words(language: Language, moment: datetime | None) -> str:
    """Return a day and an hour as one says it, or that it is not known."""
    if moment is None:
        return language.soon
    return f"{day_in_words(language, moment.date())} {moment:%H}{language.clock}{moment:%M}"


def listed(language: Language, things: Sequence[str]) -> str:
    """Return several things in one breath: a, b and c."""
    *others, last = things or [""]
    return f"{', '.join(others)} {language.both} {last}" if others else last


def segments(text: str) -> int:
    """Return how many SMS a text takes."""
    if set(text) <= _SEVEN_BITS | _TWO_PLACES:
        length, one, more = len(text) + sum(sign in _TWO_PLACES for sign in text), 160, 153
    else:
        length, one, more = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= one else -(-length // more)


def _table(table: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    found = table.get(name)
    if not isinstance(found, Mapping):
        raise BadTexts(where, f"there is no table [{name}]")
    return found


def _text(name: str, table: Mapping[str, Any], where: str) -> Text:
    if strange := table.keys() - set(PARTS):
        raise BadTexts(where, f"{name} has no {min(strange)}: {', '.join(PARTS)}")
    for part in PARTS:
        text = table.get(part)
        if not isinstance(text, str) or not text.strip():
            raise BadTexts(where, f"{name} says nothing in {part}")
        try:
            used = {field for _, field, _, _ in Formatter().parse(text) if field is not None}
        except ValueError:
            raise BadTexts(where, f"{name}.{part} has a brace that is not closed") from None
        if strange := used - FIELDS:
            raise BadTexts(where, f"{name}.{part} names {min(strange)}: there is {', '.join(sorted(FIELDS))}")
    return Text(*(" ".join(table[part].split()) for part in PARTS))
