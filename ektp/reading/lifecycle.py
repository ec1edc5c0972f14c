"""The life of a card as the table has it: for the eye, for Mermaid and for scripts."""

from collections.abc import Iterator
from typing import Any, Final

from workflows.card_issuance import LIFECYCLE, WAITING, Row, State
from workflows.deadlines import HELD, PATIENCE, Deadline, Situation
from workflows.facts import Kind
from workflows.remedies import REMEDIES

#: What each block of the table is about, by what its rows wait for.
SECTIONS: Final[tuple[tuple[str, frozenset[Kind]], ...]] = (
    ("the recording, and recording again", frozenset({Kind.RECORDED})),
    (
        "the centre looks at it",
        frozenset(
            {
                Kind.PROGRESSED,
                Kind.SEARCH_FAILED,
                Kind.ENROL_FAILED,
                Kind.ADJUDICATION_NEEDED,
                Kind.DUPLICATE_FOUND,
                Kind.VERIFIED,
            }
        ),
    ),
    (
        "remedies: deleted first and confirmed, only then recorded again",
        frozenset({Kind.RE_RECORD_ORDERED, Kind.DELETED, Kind.INVITED}),
    ),
    (
        "blanko, print, collection",
        frozenset({Kind.ALLOCATED, Kind.PRINT_FAILED, Kind.VOIDED, Kind.PRINTED, Kind.DESTROYED, Kind.COLLECTED}),
    ),
    (
        "it goes on as it is",
        frozenset({Kind.PRINT_REQUESTED, Kind.RESEND_ORDERED, Kind.RETRY_ORDERED, Kind.RECOVERY_ORDERED}),
    ),
    (
        "time has passed",
        frozenset(
            {
                Kind.TELL_DUE,
                Kind.RESEND_DUE,
                Kind.ASK_AGAIN_DUE,
                Kind.RE_RECORD_DUE,
                Kind.REVIEW_DUE,
                Kind.ESCALATION_DUE,
                Kind.POSTPONED,
                Kind.MOVED,
                Kind.SUKET_ISSUED,
            }
        ),
    ),
    ("it ends without a card", frozenset({Kind.CANCELLED})),
)


def sections() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield each block with its sentences; states that share the rest of a sentence are named together."""
    for title, kinds in SECTIONS:
        sentences: dict[tuple[object, ...], dict[str, Any]] = {}
        for row in LIFECYCLE:
            if row.when in kinds:
                _add(sentences, row)
        if sentences:
            yield title, list(sentences.values())


def _add(sentences: dict[tuple[object, ...], dict[str, Any]], row: Row) -> None:
    for state in row.while_:
        stays = state is row.becomes
        key = (row.when, "stays" if stays else row.becomes, row.asks)
        told = sentences.setdefault(
            key,
            {
                "while": [],
                "when": row.when.value,
                "becomes": None if stays else row.becomes.value,
                "asks": [ask.value for ask in row.asks],
            },
        )
        told["while"].append(state.value)


def rows() -> list[dict[str, Any]]:
    """Return every row of the table, one for each state, for scripts."""
    return [
        {
            "while": state.value,
            "whose_move": WAITING[state].move.value,
            "when": row.when.value,
            "becomes": row.becomes.value,
            "asks": [ask.value for ask in row.asks],
        }
        for row in LIFECYCLE
        for state in row.while_
    ]


def edges() -> dict[tuple[State, State], list[Kind]]:
    """Return (from, to) -> by what, in the table's order, without what leaves a state as it is."""
    found: dict[tuple[State, State], list[Kind]] = {}
    for row in LIFECYCLE:
        for state in row.while_:
            if state is not row.becomes and row.when not in (kinds := found.setdefault((state, row.becomes), [])):
                kinds.append(row.when)
    return found


def deadlines() -> list[tuple[str, str, str, str]]:
    """Return each deadline: its situation, the working days (and how often again), what is done then, its name."""
    found = [
        (situation.value, _days(one), one.then.value, one.name)
        for situation in Situation
        for one in PATIENCE[situation]
    ]
    return [*found, ("an event is held", str(HELD.days), HELD.then.value, HELD.name)]


def remedies() -> list[tuple[str, str, str | None]]:
    """Return each cause with what is tried, the cheapest first, and what must never follow."""
    return [(one.cause, "; ".join(one.tried), one.never) for one in REMEDIES]


def _days(deadline: Deadline) -> str:
    return f"{deadline.days}, then every {deadline.every}" if deadline.every else str(deadline.days)


def mermaid() -> str:
    """Return a Mermaid state diagram; `[*]` is before the first recording and after the end."""
    lines = ["stateDiagram-v2", "    direction LR"]
    for (before, after), kinds in edges().items():
        lines.append(f"    {_named(before)} --> {_named(after)} : {', '.join(_said(kind) for kind in kinds)}")
    lines += [f"    {_named(state)} --> [*]" for state in (State.COLLECTED, State.CANCELLED)]
    return "\n".join(lines)


def _named(state: State) -> str:
    return "[*]" if state is State.NEW else state.value.replace("-", "_")


def _said(kind: Kind) -> str:
    """Return the kind as Mermaid takes it: a colon would end the label."""
    return kind.value.replace(":", " ")
