"""Signatures as Standard Webhooks has them, checked with its own example."""

import base64

import pytest
from starlette.datastructures import Headers

from ektp.web.door.signatures import TOLERANCE, is_signed, read_signature
from ektp.web.errors import Unauthorised

# The example of the specification and of its reference libraries.
SECRET = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
BODY = b'{"test": 2432232314}'
NOW = 1614265330
GIVEN = {
    "ektp-station": "st337401",
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": str(NOW),
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def test_the_example_of_the_specification_holds() -> None:
    """Alone, beside another signature, and until its time is over."""
    for signature in (GIVEN["webhook-signature"], f"v1a,xyz v1,AAAA {GIVEN['webhook-signature']}"):
        signed = read_signature(Headers({**GIVEN, "webhook-signature": signature}))
        assert signed.by(SECRET, BODY, NOW)
        for apart in (-TOLERANCE, TOLERANCE):
            assert signed.by(SECRET, BODY, NOW + apart)
            assert not signed.by(SECRET, BODY, NOW + apart + apart // TOLERANCE)
        assert not signed.by(SECRET, BODY + b" ", NOW)
        assert not signed.by(SECRET[:-1] + b"x", BODY, NOW)


@pytest.mark.parametrize(
    "changed",
    [{"webhook-id": "msg_another"}, {"webhook-timestamp": str(NOW + 1)}, {"webhook-signature": "v1,"},
     {"webhook-signature": "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}, {"webhook-signature": ""},
     {"webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1O"}, {"webhook-signature": "v1,\xe9"}],
)  # fmt: skip
def test_what_was_changed_does_not_hold(changed: dict[str, str]) -> None:
    """The id, the time, the signature, its version."""
    assert not read_signature(Headers({**GIVEN, **changed})).by(SECRET, BODY, NOW)


@pytest.mark.parametrize(
    "changed",
    [{"webhook-id": "a.1"}, {"webhook-id": ""}, {"webhook-timestamp": f"0{NOW}"}, {"webhook-timestamp": "-1"},
     {"webhook-timestamp": "1e9"}, {"webhook-timestamp": "9" * 400}, {"ektp-station": "st 1"}, {"ektp-station": ""}],
)  # fmt: skip
def test_what_could_be_read_in_two_ways_is_refused(changed: dict[str, str]) -> None:
    """A point in the id would let one signature stand for another time and body."""
    with pytest.raises(Unauthorised):
        read_signature(Headers({**GIVEN, **changed}))


def test_a_header_that_comes_twice_or_is_missing_signs_nothing() -> None:
    """Who claims to sign is judged by the signature."""
    given = [(name.encode(), value.encode()) for name, value in GIVEN.items()]
    for name, value in given:
        rest = [one for one in given if one[0] != name]
        twice = [*rest, *[(name, value)] * 2]
        for raw in (rest, twice):
            assert is_signed(Headers(raw=raw))
            if name == b"webhook-signature":
                assert not read_signature(Headers(raw=raw)).by(SECRET, BODY, NOW)
            else:
                with pytest.raises(Unauthorised):
                    read_signature(Headers(raw=raw))
    assert not is_signed(Headers({"ektp-station": "st337401"}))
