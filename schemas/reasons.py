"""The closed lists of reasons: why something is parked, and why something is held."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple


class Reason(StrEnum):
    """Why a message is parked: it cannot be, and a person has to look."""

    NOT_JSON = "not-json"
    NOT_UTF_8 = "not-utf-8"
    NOT_AN_OBJECT = "not-an-object"
    DUPLICATE_KEY = "duplicate-key"
    NUMBER_OUT_OF_RANGE = "number-out-of-range"
    NUL_OR_SURROGATE = "nul-or-surrogate"
    TOO_DEEP = "too-deep"
    TOO_LARGE = "too-large"
    ENCODING_NOT_ALLOWED = "encoding-not-allowed"
    CONTENT_TYPE_NOT_ALLOWED = "content-type-not-allowed"

    NOT_CLOUDEVENTS = "not-cloudevents"
    MISSING_ATTRIBUTE = "missing-attribute"
    BAD_ATTRIBUTE = "bad-attribute"
    UNKNOWN_TYPE = "unknown-type"
    UNKNOWN_VERSION = "unknown-version"
    BAD_ID = "bad-id"
    BAD_SOURCE = "bad-source"
    BAD_SUBJECT = "bad-subject"
    BAD_TIME = "bad-time"

    BAD_NIK = "bad-nik"
    NIK_IS_A_NUMBER = "nik-is-a-number"
    BAD_OFFICE = "bad-office"
    CONTROL_CHARACTER = "control-character"
    UNKNOWN_FIELD = "unknown-field"
    BAD_DATA = "bad-data"

    KEY_MISMATCH = "key-mismatch"
    KEY_NOT_UNDERSTOOD = "key-not-understood"
    SENDER_NOT_ALLOWED = "sender-not-allowed"
    ID_REUSED = "id-reused"
    UNDELIVERABLE = "undeliverable"

    NOT_IN_LIFECYCLE = "not-in-lifecycle"
    ALLOCATOR_IS_BUILTIN = "allocator-is-builtin"
    BLANKO_BELONGS_TO_ANOTHER = "blanko-belongs-to-another"
    BLANKO_NOT_THERE = "blanko-not-there"
    SUPPLIES_NOT_THERE = "supplies-not-there"
    BLANKO_MISMATCH = "blanko-mismatch"
    BLANKO_GIVEN_TWICE = "blanko-given-twice"
    TURN_ALREADY_ALLOCATED = "turn-already-allocated"
    NIK_DIFFERS = "nik-differs"

    STORE_REFUSED = "store-refused"
    HANDLER_FAILED = "handler-failed"


class WaitReason(StrEnum):
    """Why an event is held: it is true, and what must come before it has not arrived."""

    WAITS_FOR_RECORDING = "waits-for-recording"
    WAITS_FOR_DELETION = "waits-for-deletion"
    WAITS_FOR_VERIFICATION = "waits-for-verification"
    WAITS_FOR_PREVIOUS_TURN = "waits-for-previous-turn"
    WAITS_FOR_ALLOCATION = "waits-for-allocation"
    WAITS_FOR_PRINT = "waits-for-print"
    NIK_HAS_OPEN_APPLICATION = "nik-has-open-application"


class Explanation(NamedTuple):
    """What a code means and what to do about it, each in one sentence for a person."""

    meaning: str
    remedy: str


_RESEND: Final = "Correct it at the sender and send it again with a new id, or edit and replay it here."
_EDIT: Final = "Edit the field and replay it, or let the sender send a corrected event with a new id."
_LOOK: Final = "Compare it with the history of the application, then replay it after the cause is gone or discard it."

REASONS: Final[Mapping[Reason, Explanation]] = MappingProxyType(
    {
        Reason.NOT_JSON: Explanation("The body is not one complete JSON text.", _RESEND),
        Reason.NOT_UTF_8: Explanation("The text is not UTF-8 without a byte order mark.", _RESEND),
        Reason.NOT_AN_OBJECT: Explanation("The body is JSON, but not an object.", _RESEND),
        Reason.DUPLICATE_KEY: Explanation(
            "A name appears twice in one object, so it is not clear which value is meant.", _RESEND
        ),
        Reason.NUMBER_OUT_OF_RANGE: Explanation("A number is NaN, infinite or larger than 64 bits can hold.", _RESEND),
        Reason.NUL_OR_SURROGATE: Explanation(
            "A text holds a NUL or half of a surrogate pair, which no database can keep.", _RESEND
        ),
        Reason.TOO_DEEP: Explanation("Objects and lists are nested more than 16 deep.", _RESEND),
        Reason.TOO_LARGE: Explanation("The message is larger than 64 KiB.", _RESEND),
        Reason.ENCODING_NOT_ALLOWED: Explanation(
            "The message is compressed or otherwise encoded, and only plain bodies are read.",
            "Send the body as it is, without content_encoding.",
        ),
        Reason.CONTENT_TYPE_NOT_ALLOWED: Explanation(
            "The content type is neither a structured nor a binary CloudEvent in JSON.",
            "Send application/cloudevents+json, or application/json with ce- headers.",
        ),
        Reason.NOT_CLOUDEVENTS: Explanation("The message is not a CloudEvent of specversion 1.0.", _RESEND),
        Reason.MISSING_ATTRIBUTE: Explanation("An attribute that every event needs is missing.", _RESEND),
        Reason.BAD_ATTRIBUTE: Explanation("An attribute of the envelope breaks the rules of CloudEvents.", _RESEND),
        Reason.UNKNOWN_TYPE: Explanation(
            "No event of this contract has this type.", "Correct the type, or replay it after an upgrade that knows it."
        ),
        Reason.UNKNOWN_VERSION: Explanation(
            "The event is known, but not in this version.", "Replay it after an upgrade that knows the version."
        ),
        Reason.BAD_ID: Explanation("The id is not a UUID.", _RESEND),
        Reason.BAD_SOURCE: Explanation("The source is not a URI reference such as /stations/st337401.", _RESEND),
        Reason.BAD_SUBJECT: Explanation("The subject does not name what this event is about.", _EDIT),
        Reason.BAD_TIME: Explanation(
            "The time is not an RFC 3339 time with an offset between the years 2000 and 2100.", _EDIT
        ),
        Reason.BAD_NIK: Explanation("The NIK cannot be one: wrong length, province, date or serial.", _EDIT),
        Reason.NIK_IS_A_NUMBER: Explanation(
            "The NIK is a JSON number; numbers of this size lose digits, so it must be text.", _EDIT
        ),
        Reason.BAD_OFFICE: Explanation("The office is not the code of a regency or a kecamatan.", _EDIT),
        Reason.CONTROL_CHARACTER: Explanation(
            "A text holds control, direction or invisible characters that can hide what is written.", _EDIT
        ),
        Reason.UNKNOWN_FIELD: Explanation("The data holds a field this event does not have.", _EDIT),
        Reason.BAD_DATA: Explanation("A field of the data is missing or breaks its rule.", _EDIT),
        Reason.KEY_MISMATCH: Explanation(
            "The routing key names another event than the type does.", "Publish with the key <event>.<station>."
        ),
        Reason.KEY_NOT_UNDERSTOOD: Explanation(
            "The routing key is not <event>.<station> or <event>.<station>.late.",
            "Publish with the key <event>.<station>; replay this one here.",
        ),
        Reason.SENDER_NOT_ALLOWED: Explanation(
            "Whoever sent this may not send such an event.",
            "Check the account, its role and its office; treat it as an incident if nobody knows it.",
        ),
        Reason.ID_REUSED: Explanation(
            "Another event with the same id was already taken in.", "Give the event an id of its own and send it again."
        ),
        Reason.UNDELIVERABLE: Explanation(
            "The broker gave up on this message after too many deliveries.",
            "Find out why the consumer died on it, then replay it.",
        ),
        Reason.NOT_IN_LIFECYCLE: Explanation("This cannot happen to a card in the state the application is in.", _LOOK),
        Reason.ALLOCATOR_IS_BUILTIN: Explanation(
            "This office's blanko are allocated by the pipeline itself, not from outside.",
            "Set the office's allocator to external if its warehouse decides, then replay.",
        ),
        Reason.BLANKO_BELONGS_TO_ANOTHER: Explanation("This blanko is or was another application's.", _LOOK),
        Reason.BLANKO_NOT_THERE: Explanation(
            "The ledger has the blanko elsewhere: not there, not loose, or never received.",
            "Look at `ektp blanko stock --serial`; replay it when what came before is reported, or discard it.",
        ),
        Reason.SUPPLIES_NOT_THERE: Explanation(
            "The office has fewer pieces of this supply in store.",
            "Replay it when what came before is reported, or count the store and report the difference.",
        ),
        Reason.BLANKO_MISMATCH: Explanation("The blanko is not the one allocated to this application.", _LOOK),
        Reason.BLANKO_GIVEN_TWICE: Explanation(
            "The same blanko would be given to the same application a second time.", _LOOK
        ),
        Reason.NIK_DIFFERS: Explanation("The NIK is not the one this application was opened with.", _LOOK),
        Reason.TURN_ALREADY_ALLOCATED: Explanation(
            "This turn already has another blanko.", "Send the allocation again with the next turn, or discard it."
        ),
        Reason.STORE_REFUSED: Explanation(
            "The database refused this event alone.", "Report it: the reader should have refused it first."
        ),
        Reason.HANDLER_FAILED: Explanation(
            "The program failed on this event alone.", "Report it, and replay it after the fault is repaired."
        ),
    }
)

WAITS: Final[Mapping[WaitReason, Explanation]] = MappingProxyType(
    {
        WaitReason.WAITS_FOR_RECORDING: Explanation(
            "The recording it belongs to has not arrived.", "Ask the station to flush what it has not sent."
        ),
        WaitReason.WAITS_FOR_DELETION: Explanation(
            "Recorded again before the centre confirmed that the earlier record is deleted.",
            "Wait for central-record-deleted; recording on top of the old record makes a duplicate.",
        ),
        WaitReason.WAITS_FOR_VERIFICATION: Explanation(
            "The centre's verification has not arrived.", "Ask the centre for the result of this attempt."
        ),
        WaitReason.WAITS_FOR_PREVIOUS_TURN: Explanation(
            "The blanko of the turn before is not yet released or spoiled.", "Report what became of that blanko."
        ),
        WaitReason.WAITS_FOR_ALLOCATION: Explanation(
            "No blanko has been allocated yet.", "Ask the warehouse for the allocation it has not reported."
        ),
        WaitReason.WAITS_FOR_PRINT: Explanation(
            "The print it speaks of has not arrived.", "Ask the printer for the print it has not reported."
        ),
        WaitReason.NIK_HAS_OPEN_APPLICATION: Explanation(
            "This person already has an open application.", "It starts by itself when the first one has ended."
        ),
    }
)
