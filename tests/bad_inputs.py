"""Bad inputs, and odd ones that are good: each is sent through every door and must have the same answer.

The kinds are the numbers of the project's list (B1 an empty body, B13 a NIK as a number, ...); B22, B36 and B37 depend
on what came before, and B38 to B44 are not messages, so they are tested elsewhere. "contract" is what the list leaves
out.
"""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final, Literal
from uuid import UUID, uuid5

from schemas.reasons import Reason
from schemas.samples import valid_event

STRUCTURED: Final = "application/cloudevents+json"
KEY: Final = "recorded.st337401"
R: Final = Reason
_NAMES: Final = UUID("0b1d0000-0000-5000-8000-bad000000000")
_SERIALS: Final = count(9000)


@dataclass(frozen=True, slots=True)
class BadInput:
    """One message as any AMQP client can send it, and what the reader must make of it."""

    name: str
    kind: str
    expected: Reason | Literal["accepted"]
    body: bytes = field(repr=False)
    content_type: str | None = STRUCTURED
    headers: Mapping[str, object] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)  #: AMQP properties beside type and headers.
    routing_key: str = KEY


def event(name: str, /, **data: Any) -> dict[str, Any]:
    """Build a good recording whose id, application and person belong to this case alone."""
    data.setdefault("nik", f"337410650899{next(_SERIALS)}")
    return valid_event("recorded", id=uuid5(_NAMES, name), subject=uuid5(_NAMES, f"subject of {name}"), **data)


def raw(kind: str, name: str, expected: Reason | Literal["accepted"], body: bytes, /, **rest: Any) -> BadInput:
    """Send these bytes."""
    return BadInput(name, kind, expected, body, **rest)


def data(kind: str, name: str, expected: Reason | Literal["accepted"], /, **fields: Any) -> BadInput:
    """Send a recording with these fields in its data."""
    return BadInput(name, kind, expected, json.dumps(event(name, **fields)).encode())


def envelope(kind: str, name: str, expected: Reason | Literal["accepted"], /, **attributes: Any) -> BadInput:
    """Send a recording with these attributes; `...` removes one."""
    whole = {**event(name), **attributes}
    return BadInput(name, kind, expected, json.dumps({k: v for k, v in whole.items() if v is not ...}).encode())


def message(kind: str, name: str, expected: Reason | Literal["accepted"], /, **rest: Any) -> BadInput:
    """Send a good recording in a message that is odd."""
    return BadInput(name, kind, expected, json.dumps(event(name)).encode(), **rest)


def spliced(kind: str, name: str, expected: Reason | Literal["accepted"], literal: str, /) -> BadInput:
    """Send a recording whose attempt is this piece of JSON."""
    text = json.dumps(event(name, attempt="HERE")).replace('"HERE"', literal)
    return BadInput(name, kind, expected, text.encode())


def binary(kind: str, name: str, expected: Reason | Literal["accepted"], body: bytes = b"", /, **ce: Any) -> BadInput:
    """Send a recording in binary mode with these ce- headers; `...` removes one."""
    whole = event(name)
    about = {k: v for k, v in whole.items() if k not in ("data", "datacontenttype")} | ce
    headers = {f"ce-{k}": v for k, v in about.items() if v is not ...}
    return BadInput(name, kind, expected, body or json.dumps(whole["data"]).encode(), "application/json", headers)


def _nested(levels: int) -> dict[str, Any]:
    deep: dict[str, Any] = {}
    for _ in range(levels):
        deep = {"deeper": deep}
    return deep


# The full-width forms begin at U+FF10.
_FULL_WIDTH: Final = "".join(chr(0xFF10 + int(digit)) for digit in "3374106508999001")
_GOOD: Final = json.dumps(event("two in one body")).encode()

BAD_INPUTS: Final[tuple[BadInput, ...]] = (
    raw("B1", "an empty body", R.NOT_JSON, b""),
    raw("B1", "null", R.NOT_AN_OBJECT, b"null"),
    raw("B1", "a list", R.NOT_AN_OBJECT, b"[]"),
    raw("B1", "a text", R.NOT_AN_OBJECT, b'"x"'),
    raw("B1", "a number", R.NOT_AN_OBJECT, b"123"),
    raw("B2", "a truncated object", R.NOT_JSON, b'{"id":"e1"'),
    raw("B2", "something after the event", R.NOT_JSON, _GOOD + b"xyz"),
    raw("B2", "two events in one body", R.NOT_JSON, _GOOD + _GOOD),
    raw("B3", "bytes that are no UTF-8", R.NOT_UTF_8, b'{"a": "\xff\xfe"}'),
    raw("B3", "an overlong slash", R.NOT_UTF_8, b'{"a": "\xc0\xaf"}'),
    raw("B4", "UTF-16", R.NOT_UTF_8, _GOOD.decode().encode("utf-16")),
    raw("B4", "UTF-16 without its mark", R.NOT_UTF_8, _GOOD.decode().encode("utf-16-le")),
    raw("B4", "a byte order mark", R.NOT_UTF_8, b"\xef\xbb\xbf" + _GOOD),
    raw("B5", "200,000 brackets", R.TOO_LARGE, b"[" * 200_000),
    raw("B5", "60,000 brackets", R.TOO_DEEP, b"[" * 60_000),
    raw("B5", "900 objects in each other", R.TOO_DEEP, json.dumps(_nested(900)).encode()),
    data("B5", "17 levels", R.TOO_DEEP, quality=_nested(15)),
    data("B6", "a megabyte of name", R.TOO_LARGE, name="x" * 1_000_000),
    raw("B6", "100,000 keys", R.TOO_LARGE, json.dumps(dict.fromkeys(map(str, range(100_000)))).encode()),
    data("B6", "a key of 60 kB", R.UNKNOWN_FIELD, **{"k" * 60_000: 1}),
    data("B6", "a name of 201 characters", R.BAD_DATA, name="x" * 201),
    raw(
        "B7",
        "a gzip bomb",
        R.ENCODING_NOT_ALLOWED,
        gzip.compress(b" " * 10_000_000),
        properties={"content_encoding": "gzip"},
    ),
    spliced("B8", "a number of 5,000 digits", R.NUMBER_OUT_OF_RANGE, "9" * 5000),
    spliced("B8", "1e400", R.NUMBER_OUT_OF_RANGE, "1e400"),
    spliced("B8", "2 to the 64th", R.NUMBER_OUT_OF_RANGE, str(2**64)),
    spliced("B9", "NaN", R.NUMBER_OUT_OF_RANGE, "NaN"),
    spliced("B9", "minus infinity", R.NUMBER_OUT_OF_RANGE, "-Infinity"),
    spliced("B10", "a field twice", R.DUPLICATE_KEY, '1, "attempt": 2'),
    raw("B10", "an id twice", R.DUPLICATE_KEY, b'{"id": "0195e0a4-7c1b-7b52-9d3c-2f1f6f0e8a11", ' + _GOOD[1:]),
    data("B11", "a NUL in a name", R.NUL_OR_SURROGATE, name="a\0b"),
    data("B12", "half of a surrogate pair", R.NUL_OR_SURROGATE, name="a\ud800b"),
    data("B13", "a NIK as a number", R.NIK_IS_A_NUMBER, nik=9171010101909001),
    data("B13", "a NIK as a float", R.NIK_IS_A_NUMBER, nik=3374106508999001.0),
    data("B13", "no NIK", R.BAD_DATA, nik=None),
    data("B14", "a NIK of 15 digits", R.BAD_NIK, nik="337410650899900"),
    data("B14", "a NIK of 17 digits", R.BAD_NIK, nik="33741065089990011"),
    data("B14", "a NIK with spaces", R.BAD_NIK, nik="337410 650899 9001"),
    data("B14", "a NIK with dots", R.BAD_NIK, nik="33.74.10.650899.9001"),
    data("B14", "a NIK with a newline", R.BAD_NIK, nik="3374106508999001\n"),
    data("B15", "a NIK in Arabic digits", R.BAD_NIK, nik="٣٣٧٤١٠٦٥٠٨٩٩٩٠٠١"),
    data("B15", "a NIK in full-width digits", R.BAD_NIK, nik=_FULL_WIDTH),
    *(
        data("B16", f"a NIK born on {day}", R.BAD_NIK, nik=f"337410{day}999001")
        for day in ("3102", "0113", "0001", "3201", "4001", "7201", "7102", "2902")
    ),
    data("B17", "a NIK of zeros", R.BAD_NIK, nik="0" * 16),
    data("B17", "a NIK with serial 0000", R.BAD_NIK, nik="3374106508990000"),
    *(data("B17", f"a NIK of province {p}", R.BAD_NIK, nik=f"{p}74106508999001") for p in ("00", "10", "99")),
    data("B17", "a NIK of a regency that is no more", "accepted", nik="3399106508999001"),
    data("B18", "a NIK of another birth date", "accepted", birth_date="1990-01-31"),
    data("B18", "a birth date a century away", "accepted", birth_date="1926-08-25", nik="3374106508269001"),
    envelope("B19", "an unknown type", R.UNKNOWN_TYPE, type="id.ektp.shredded.v1"),
    envelope("B19", "a type in capitals", R.UNKNOWN_TYPE, type="ID.EKTP.RECORDED.V1"),
    envelope("B19", "a type with a space", R.UNKNOWN_TYPE, type="id.ektp.recorded.v1 "),
    envelope("B19", "a type of 10 kB", R.UNKNOWN_TYPE, type="x" * 10_000),
    envelope("B19", "a type that is a list", R.UNKNOWN_TYPE, type=["id.ektp.recorded.v1"]),
    *(
        envelope("B20", f"version {version}", R.UNKNOWN_VERSION, type=f"id.ektp.recorded.v{version}")
        for version in ("0", "-1", "2", '"2"', str(2**63))
    ),
    *(
        envelope("B21", f"no {name}", R.MISSING_ATTRIBUTE, **{name: ...})
        for name in ("id", "source", "subject", "time")
    ),
    envelope("B21", "an empty id", R.BAD_ID, id=""),
    envelope("B21", "an id of 10 kB", R.BAD_ID, id="x" * 10_000),
    envelope("B21", "an id that is a path", R.BAD_ID, id="../../x"),
    envelope("B21", "an id that is a number", R.BAD_ID, id=1),
    envelope("B21", "an id in braces", R.BAD_ID, id="{0195e0a4-7c1b-7b52-9d3c-2f1f6f0e8a11}"),
    envelope("B21", "an id without hyphens", R.BAD_ID, id="0195e0a47c1b7b529d3c2f1f6f0e8a11"),
    envelope("B21", "an id in capitals", "accepted", id=str(uuid5(_NAMES, "capitals")).upper()),
    envelope("B21", "a subject that is a name", R.BAD_SUBJECT, subject="Contoh Satu"),
    *(
        envelope("B23", f"the time {time!r}", R.BAD_TIME, time=time)
        for time in (
            "2018-02-12T08:15:00",
            "2018-02-12",
            1518398100,
            "1518398100",
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "1999-12-31T23:59:59Z",
            "2018-02-12T08:15:00+24:00",
            "2018-02-12T08:15:60+07:00",
            "2018-02-30T08:15:00+07:00",
            "2018-02-12 08:15:00+07:00",
            "2018-02-12T08:15:00+07:00\n",
        )
    ),
    data("B24", "the field is_admin", R.UNKNOWN_FIELD, is_admin=True),
    data("B24", "the field state", R.UNKNOWN_FIELD, state="collected"),
    envelope("B24", "an extension named state", "accepted", state="collected"),
    data("B25", "an attempt as text", R.BAD_DATA, attempt="1"),
    data("B25", "an attempt as a boolean", R.BAD_DATA, attempt=True),
    data("B25", "an attempt as a float", R.BAD_DATA, attempt=1.0),
    data("B25", "attempt 0", R.BAD_DATA, attempt=0),
    *(
        data("B26", f"the name {name}", "accepted", name=name)
        for name in ("O'Brien", "Robert'); DROP TABLE", "Siti <script>", "{{7*7}}", "${jndi:ldap://x}")
    ),
    data("B27", "a name of one word", "accepted", name="Suharto"),
    data("B27", "a name of 200 characters", "accepted", name="x" * 200),
    data("B27", "a Balinese name", "accepted", name="ᬦᬶ ᬮᬸᬄ"),
    data("B27", "a Javanese name with a joiner", "accepted", name="ꦏ꧀\u200dꦱ"),
    data("B27", "an Arabic name", "accepted", name="محمد يوسف"),
    data("B27", "a name with combining marks", "accepted", name="Jose\u0301"),
    data("B28", "a name written backwards", R.CONTROL_CHARACTER, name="Contoh \u202eutaS"),
    data("B28", "a name with an isolate", R.CONTROL_CHARACTER, name="Contoh \u2066Satu"),
    data("B28", "a name with a zero width space", R.CONTROL_CHARACTER, name="Contoh\u200bSatu"),
    data("B28", "a joiner between spaces", R.CONTROL_CHARACTER, name="Contoh \u200d Satu"),
    data("B28", "a name with an escape", R.CONTROL_CHARACTER, name="Contoh \x1b[31m"),
    *(
        data("B29", f"the name {name}", "accepted", name=name)
        for name in ('=HYPERLINK("http://x","y")', "+62", "-1+1", "@SUM(A1)")
    ),
    data("B29", "a tab first", R.CONTROL_CHARACTER, name="\tContoh"),
    data("B30", "a log line in a field", R.CONTROL_CHARACTER, enrolment='E-1\r\n{"event":"forged"}'),
    binary("B30", "a log line in a header", R.CONTROL_CHARACTER, note='x\r\n{"event":"forged"}'),
    message("B31", "a CC header", "accepted", headers={"CC": ["printed.st337402"], "BCC": ["x"]}),
    message("B32", "an x-death of 99", "accepted", headers={"x-death": [{"count": 99}], "x-delivery-count": 99}),
    *(
        message("B33", f"the content type {kind}", R.CONTENT_TYPE_NOT_ALLOWED, content_type=kind)
        for kind in (
            None,
            "",
            "application/x-python-serialize",
            "application/data",
            "text/plain",
            "application/json",
            "application/cloudevents-batch+json",
            "application/cloudevents+json; charset=utf-16",
        )
    ),
    message("B33", "a content type with its charset", "accepted", content_type=f"{STRUCTURED}; charset=UTF-8"),
    message(
        "B34",
        "an expiration, priority and reply-to",
        "accepted",
        properties={"expiration": "600000", "priority": 255, "delivery_mode": 1, "reply_to": "somewhere"},
    ),
    *(
        message("B35", f"the key {key[:24]!r}", R.KEY_NOT_UNDERSTOOD, routing_key=key)
        for key in (
            "k" * 255,
            "#",
            "*",
            "",
            "recorded.st\x01",
            "recorded",
            "recorded.st",
            "recorded.ST337401",
            "recorded.st337401.early",
            "recorded.3374106508999001",
        )
    ),
    message("B35", "the key of another event", R.KEY_MISMATCH, routing_key="printed.st337401"),
    message("B35", "the key of a backlog", "accepted", routing_key=f"{KEY}.late"),
    envelope("contract", "no type", R.MISSING_ATTRIBUTE, type=...),
    envelope("contract", "no data", R.MISSING_ATTRIBUTE, data=...),
    envelope("contract", "no specversion", R.NOT_CLOUDEVENTS, specversion=...),
    envelope("contract", "specversion 0.3", R.NOT_CLOUDEVENTS, specversion="0.3"),
    envelope("contract", "data that is a list", R.BAD_DATA, data=[]),
    envelope("contract", "a source with a space", R.BAD_SOURCE, source="st 337401"),
    envelope("contract", "an extension with an underscore", R.BAD_ATTRIBUTE, trace_id="x"),
    envelope("contract", "an extension that is an object", R.BAD_ATTRIBUTE, trace={}),
    envelope("contract", "a person in an extension", R.BAD_ATTRIBUTE, name="Contoh Satu"),
    envelope("contract", "a sequence that is a number", R.BAD_ATTRIBUTE, sequence=1042),
    envelope("contract", "a sequence that is a NIK", R.BAD_ATTRIBUTE, sequence="3374106508999001"),
    data("contract", "no office", R.BAD_DATA, office=None),
    data("contract", "an office of nowhere", R.BAD_OFFICE, office="33.99"),
    data("contract", "an office without dots", R.BAD_OFFICE, office="3374"),
    data("contract", "an unknown channel", R.BAD_DATA, channel="post"),
    data("contract", "a NIK as enrolment number", R.BAD_DATA, enrolment="3374106508999001"),
    binary("contract", "a binary event", "accepted"),
    binary("contract", "a binary event without id", R.MISSING_ATTRIBUTE, id=...),
    binary("contract", "a binary event that is no JSON", R.NOT_JSON, b"{"),
    binary("contract", "a header that is a list", R.BAD_ATTRIBUTE, note=["x"]),
)
