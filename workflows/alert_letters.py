"""What a receiver reads: one letter for everything that is new, in words, with what to do and nobody's data."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from schemas.nik import mask_niks
from schemas.zones import by_the_clock
from workflows.alert import AlertRule, Language, Severity, Words
from workflows.alert_rules import ALERT_RULES
from workflows.stations import NEVER_ARRIVED
from workflows.telling import What, severity_of

LISTED: Final = 20  #: Of so many alerts each is named; of the others there is a count.
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$", re.ASCII)
_MARK: Final = 3  # letters of a resi that name its station; the others are the resident's
_WHAT: Final[Mapping[What, Words]] = {
    What.OPENED: Words("BARU", "NEW"),
    What.AGAIN: Words("MASIH ADA", "STILL OPEN"),
    What.RESOLVED: Words("SELESAI", "RESOLVED"),
}
_SEVERITY: Final[Mapping[Severity, Words]] = {
    Severity.NOTE: Words("catatan", "note"),
    Severity.WARNING: Words("peringatan", "warning"),
    Severity.CRITICAL: Words("gawat", "critical"),
}
_NEVER: Final = Words("tidak pernah", "never")
_DO: Final = Words("Yang perlu dilakukan", "What to do")
_MORE: Final = Words("dan {n} lagi: `ektp alerts`", "and {n} more: `ektp alerts`")
_MANY: Final = Words("{n} kabar", "{n} alerts")
_LETTER: Final = Words("Surat", "Letter")


class Item(NamedTuple):
    """One alert in a letter."""

    what: What
    rule: str
    about: str
    office: str
    detail: Mapping[str, Any]
    opened: str


class Note(NamedTuple):
    """A letter as it is sent; `resolved` when it holds good news only."""

    title: str
    body: str
    severity: Severity
    resolved: bool


def said(rule: str, detail: Mapping[str, Any], language: Language, office: str = "") -> str:
    """Return in a sentence what a rule has found, times by the clocks of its office; bare facts where it is unknown."""
    known = ALERT_RULES.get(rule)
    facts = {name: _fact(value, office) for name, value in detail.items()}
    if "last_contact" in facts:
        facts["last_contact"] = facts["last_contact"] or _NEVER.in_(language)
    if known is not None:
        try:
            return known.says.in_(language).format(**facts)
        except (KeyError, IndexError):
            pass  # what an older release has found
    return ", ".join(f"{name} {value}" for name, value in facts.items())


def _fact(value: object, office: str) -> object:
    if isinstance(value, list):
        return ", ".join(str(_fact(one, office)) for one in value)
    if isinstance(value, str) and _MOMENT.match(value):
        return by_the_clock(datetime.fromisoformat(value), office)
    return value


def written(items: Sequence[Item], language: Language, number: str) -> Note:
    """Return the letter, the worst first; *number* lets a reader know one that comes twice."""
    ordered = sorted(items, key=lambda one: (one.what is What.RESOLVED, -severity_of(one.rule).rank, one.rule))
    first = ordered[0]
    worst = max((severity_of(one.rule) for one in items), key=lambda one: one.rank)
    alone = f"{_WHAT[first.what].in_(language)}: {first.rule} {_about(first)}"
    told = alone if len(items) == 1 else _MANY.in_(language).format(n=len(items))
    title = f"[E-KTP {_SEVERITY[worst].in_(language)}] {told}"
    lines = [_paragraph(one, language) for one in ordered[:LISTED]]
    if len(ordered) > LISTED:
        lines.append(_MORE.in_(language).format(n=len(ordered) - LISTED))
    body = "\n\n".join([*lines, f"{_LETTER.in_(language)} {number}"])
    return Note(mask_niks(title), mask_niks(body), worst, all(one.what is What.RESOLVED for one in items))


def _paragraph(item: Item, language: Language) -> str:
    rule: AlertRule | None = ALERT_RULES.get(item.rule)
    head = f"{_WHAT[item.what].in_(language)} · {item.rule} · {_about(item)}"
    if item.office and item.office not in item.about:
        head += f" · {item.office}"
    lines = [f"{head} · {item.opened}", said(item.rule, item.detail, language, item.office)]
    if rule is not None and item.what is not What.RESOLVED:
        lines += [rule.means.in_(language), f"{_DO.in_(language)}: {rule.do.in_(language)}"]
    return "\n".join(lines)


def _about(item: Item) -> str:
    """Return what it is about; of a resi only the letters of its station, the others are the resident's."""
    return f"{item.about[:_MARK]}…" if item.rule == NEVER_ARRIVED else item.about
