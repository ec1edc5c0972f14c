"""One cause, one group: what is different for each message does not make another."""

from uuid import uuid4

from schemas.reasons import Reason
from workflows.fingerprints import Stage, cause_of, is_same_failure, normalised, stage_of


def test_numbers_ids_and_quotations_make_no_other_cause() -> None:
    """What stays is the sentence."""
    assert normalised(f"event {uuid4()} at character 17") == normalised(f"event {uuid4()} at character 4001")
    assert normalised('"Siti" is not a name') == normalised("'Budi' is not a name") == "<text> is not a name"
    assert normalised("data.blanko BL0000000101 is bound") == normalised("data.blanko BL0000000202 is bound")
    assert normalised("data.nik must be exactly sixteen digits") == "data.nik must be exactly sixteen digits"


def test_a_fingerprint_never_changes() -> None:
    """Notes and owners hang on it."""
    cause = cause_of("bad-data", "data.channel must be 1", "id.ektp.recorded.v1", "st337401", "33.74.10")
    assert cause == (Stage.READER, "bad-data", "data.channel must be #", "v1", "st337401", "33.74.10")
    assert cause.fingerprint == "0a6ec6592fa6"


def test_each_thing_that_tells_causes_apart_makes_another_fingerprint() -> None:
    """Reason, sentence, version, station, office."""
    told = ("bad-data", "data.channel must be", "id.ektp.recorded.v1", "st337401", "33.74.10")
    prints = {
        cause_of(*told).fingerprint,
        cause_of("bad-nik", *told[1:]).fingerprint,
        cause_of(told[0], "data.office must be", *told[2:]).fingerprint,
        cause_of(*told[:2], "id.ektp.recorded.v2", *told[3:]).fingerprint,
        cause_of(*told[:3], "st337402", told[4]).fingerprint,
        cause_of(*told[:4], "33.74.11").fingerprint,
    }
    assert len(prints) == 6
    assert cause_of("not-json", "x", None, "", None).version == ""


def test_every_reason_has_a_stage() -> None:
    """Of a reason that this release does not know, the first one."""
    assert {stage_of(reason) for reason in Reason} == set(Stage)
    assert stage_of(Reason.SENDER_NOT_ALLOWED) is Stage.IDENTITY
    assert stage_of(Reason.NOT_IN_LIFECYCLE) is Stage.RULES
    assert stage_of("of-tomorrow") is Stage.READER


def test_a_failure_is_the_same_with_another_number_and_another_with_another_reason() -> None:
    """So a repair can say which of the two an item that failed again has met."""
    assert is_same_failure(("bad-data", "item 3 is missing"), ("bad-data", "item 7 is missing"))
    assert not is_same_failure(("bad-data", "item 3 is missing"), ("bad-nik", "item 3 is missing"))
    assert not is_same_failure(("bad-data", "item 3 is missing"), ("bad-data", "item 3 is wrong"))
