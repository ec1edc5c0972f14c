"""The life of a card as a picture: places by hand, words from the table."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Final

from ektp.reading.lifecycle import edges
from workflows.card_issuance import END_STATES, WAITING, State

WIDTH, HEIGHT = 1370, 500
_WIDE, _HIGH = 140, 54

#: The upper left corner of each state; the happy path lies on one line.
PLACES: Final = {
    State.RECORDED: (50, 170),
    State.VERIFIED: (430, 170),
    State.ALLOCATED: (690, 170),
    State.PRINTED: (940, 170),
    State.COLLECTED: (1190, 170),
    State.UNDER_REVIEW: (240, 30),
    State.FAILED: (240, 300),
    State.DELETION_REQUESTED: (240, 420),
    State.RE_RECORDING: (50, 420),
    State.CANCELLED: (1190, 420),
}


@dataclass(frozen=True, slots=True)
class Arrow:
    """One change that is drawn: its path, and where its words stand (`anchor` as SVG's text-anchor)."""

    before: State
    after: State
    path: str
    words: tuple[int, int] | None = None
    anchor: str = "middle"


S = State
ARROWS: Final = (
    Arrow(S.NEW, S.RECORDED, "M 14 197 H 46"),
    Arrow(S.RECORDED, S.VERIFIED, "M 190 190 H 426", (308, 182)),
    Arrow(S.VERIFIED, S.ALLOCATED, "M 570 190 H 686", (628, 182)),
    Arrow(S.ALLOCATED, S.PRINTED, "M 830 190 H 936", (883, 182)),
    Arrow(S.PRINTED, S.COLLECTED, "M 1080 197 H 1186", (1133, 189)),
    Arrow(S.RECORDED, S.UNDER_REVIEW, "M 110 170 C 110 90, 150 57, 236 57", (146, 128), "start"),
    Arrow(S.UNDER_REVIEW, S.VERIFIED, "M 380 57 C 450 57, 480 90, 480 166", (472, 84), "start"),
    Arrow(S.PRINTED, S.UNDER_REVIEW, "M 1010 170 C 1010 20, 700 36, 384 42", (690, 30)),
    Arrow(S.RECORDED, S.FAILED, "M 160 224 C 170 280, 190 314, 236 318", (234, 342), "end"),
    Arrow(S.FAILED, S.RECORDED, "M 270 300 C 262 250, 230 216, 194 210", (276, 250), "start"),
    Arrow(S.FAILED, S.VERIFIED, "M 380 322 C 440 318, 470 280, 476 228", (474, 300), "start"),
    Arrow(S.FAILED, S.DELETION_REQUESTED, "M 310 354 V 416", (318, 390), "start"),
    Arrow(S.DELETION_REQUESTED, S.RE_RECORDING, "M 240 447 H 194", (216, 492)),
    Arrow(S.RE_RECORDING, S.RECORDED, "M 70 420 V 228", (64, 330), "end"),
    Arrow(
        S.RECORDED,
        S.DELETION_REQUESTED,
        "M 102 224 V 384 Q 102 402 120 402 H 246 Q 262 402 262 416",
        (112, 396),
        "start",
    ),
    Arrow(S.ALLOCATED, S.VERIFIED, "M 740 224 C 720 262, 560 262, 530 228", (634, 272)),
    Arrow(S.PRINTED, S.VERIFIED, "M 1010 224 C 980 350, 560 350, 510 228", (770, 336)),
)
_ALWAYS: Final = {S.CANCELLED: "from every open state", S.COLLECTED: "a card in the hand, from every state"}
_WORDS: Final = ("The life of a card, from the recording to the hand", "{} rarer ones: see ektp lifecycle")
_HEAD: Final = (
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    '<polygon points="0 0, 8 4, 0 8" fill="#57606a"/></marker></defs>'
)
_STYLE: Final = """
text { font-family: system-ui, sans-serif; font-size: 12px; fill: #24292f; }
.state { font-weight: 600; font-size: 12px; text-anchor: middle; }
.move, .note { fill: #656d76; font-size: 11px; }
.move { text-anchor: middle; }
.words { font-size: 10.5px; paint-order: stroke; stroke: #fff; stroke-width: 4px; }
rect { fill: #f6f8fa; stroke: #57606a; stroke-width: 1.2; }
rect.happy { fill: #ddf4ff; stroke: #0969da; }
rect.end { stroke-width: 3; }
path { fill: none; stroke: #57606a; stroke-width: 1.3; marker-end: url(#head); }
.background { fill: #fff; stroke: none; }
"""


@dataclass(frozen=True, slots=True)
class Badge:
    """A count over a state, as it is to be written, and where whoever follows it comes; `words` say it for the ear."""

    count: str
    words: str
    href: str


#: What a badge counts, and where it lies over its state: to the right by so many pixels, and down.
BADGES: Final = {"all": (_WIDE + 6, -12), "overdue": (_WIDE + 6, _HIGH - 10), "held": (34, -12)}


def svg(badges: Mapping[str, Mapping[State, Badge]] | None = None, words: tuple[str, str] = _WORDS) -> str:
    """Return the picture; changes that are not drawn are counted under it.

    With *badges*, by what they count, it is a part of a page: styled there, and each leads on. *words* are its title
    and the note under it, with a number in it.
    """
    table = edges()
    drawn = {(arrow.before, arrow.after) for arrow in ARROWS}
    others = [edge for edge in table if edge not in drawn and edge[1] not in _ALWAYS]
    role, size = "img" if badges is None else "group", f"0 0 {WIDTH} {HEIGHT}"  # what is in an image is read to nobody
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}" role="{role}" aria-labelledby="title">',
        f'<title id="title">{escape(words[0])}</title>',
        *(() if badges is not None else (f"<style>{_STYLE}</style>",)),
        _HEAD,
        f'<rect class="background" width="{WIDTH}" height="{HEIGHT}"/>',
        '<circle cx="10" cy="197" r="5" fill="#57606a"/>',
        *(_drawn(arrow, _said(kind.value for kind in table[arrow.before, arrow.after])) for arrow in ARROWS),
        *(_node(state) if badges is None else _linked(state, badges["all"][state]) for state in PLACES),
        *(_always(state, words) for state, words in _ALWAYS.items()),
        *(_linked_badge(kind, state, one) for kind, state, one in _more(badges or {})),
        f'<text class="note" x="430" y="{HEIGHT - 14}">{escape(words[1].format(len(others)))}</text>',
        "</svg>",
    ]
    return "\n".join(parts)


def _said(kinds: Iterable[str]) -> list[str]:
    """Return what brings a change about, each once: what sort of it the table tells."""
    return list(dict.fromkeys(kind.partition(":")[0] for kind in kinds))


def _drawn(arrow: Arrow, words: list[str]) -> str:
    line = f'<path d="{arrow.path}"/>'
    if arrow.words is None:
        return line
    x, y = arrow.words
    first = y - 13 * (len(words) - 1)
    lines = (f'<tspan x="{x}" y="{first + 13 * at}">{escape(word)}</tspan>' for at, word in enumerate(words))
    return f'{line}<text class="words" text-anchor="{arrow.anchor}">{"".join(lines)}</text>'


def _node(state: State) -> str:
    x, y = PLACES[state]
    happy = y == PLACES[State.RECORDED][1]
    kind = " ".join(name for name, is_so in (("happy", happy), ("end", state in END_STATES)) if is_so)
    move = WAITING[state].move.value
    middle = x + _WIDE // 2
    return (
        f'<rect class="{kind}" x="{x}" y="{y}" width="{_WIDE}" height="{_HIGH}" rx="9"/>'
        f'<text class="state" x="{middle}" y="{y + 24}">{escape(state.value)}</text>'
        f'<text class="move" x="{middle}" y="{y + 42}">{escape(move)}</text>'
    )


def _always(state: State, words: str) -> str:
    x, y = PLACES[state]
    middle = x + _WIDE // 2
    return (
        f'<path d="M {middle} {y - 34} V {y - 4}" stroke-dasharray="4 3"/>'
        f'<text class="note" text-anchor="middle" x="{middle}" y="{y - 42}">{escape(words)}</text>'
    )


def _linked(state: State, badge: Badge) -> str:
    """Draw a state with how many are in it, as one way to them."""
    return _link(badge, _node(state) + _pill("all", state, badge))


def _more(badges: Mapping[str, Mapping[State, Badge]]) -> Iterator[tuple[str, State, Badge]]:
    """Yield what is counted beside all that are in a state."""
    for kind, every in badges.items():
        if kind != "all":
            yield from ((kind, state, badge) for state, badge in every.items())


def _linked_badge(kind: str, state: State, badge: Badge) -> str:
    return _link(badge, _pill(kind, state, badge))


def _link(badge: Badge, drawn: str) -> str:
    return f'<a href="{escape(badge.href)}" aria-label="{escape(badge.words)}">{drawn}</a>'


def _pill(kind: str, state: State, badge: Badge) -> str:
    x, y = PLACES[state]
    right, down = BADGES[kind]
    right, top, wide = x + right, y + down, 14 + 8 * len(badge.count)
    return (
        f'<rect class="pill {kind}" x="{right - wide}" y="{top}" width="{wide}" height="22" rx="11"/>'
        f'<text class="count {kind}" text-anchor="middle" x="{right - wide / 2:g}" y="{top + 16}">'
        f"{escape(badge.count)}</text>"
    )
