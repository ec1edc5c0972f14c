"""Passwords: which are refused, and how one is kept."""

import time

import pytest
from argon2 import PasswordHasher, extract_parameters

from ektp.people import passwords
from workflows.passwords import objection


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short-2-say",
        "password1234",
        "P@ssw0rd1234",
        "Bismillah123!",
        "semarang20182018",
        "sayangku-sayangku",
        "qwertyuiop[]12",
        "qwertyuiopasdf",
        "123456789012",
        "0812 3456 7890 12",
        "3374106508990001",
        "aaaaaaaaaaaaaa",
        "abababababababab",
        "siti.aminah2018",
        "x" * 12 + "y" * 12,
        "kd93 la;f " * 30,
    ],
)
def test_what_is_guessed_first_is_refused(password: str) -> None:
    """Short, common, in a row, a number, the own name, or too long to be digested; never repeating it."""
    found = objection(password, "siti.aminah")
    assert found is not None
    assert password == "" or password not in found


@pytest.mark.parametrize(
    "password", ["kopi tubruk di Pasar Johar", "Vt4-mmXq29_zL", "lima belas becak hijau", "πάντα ῥεῖ, ja?"]
)
def test_what_somebody_thought_of_is_taken(password: str) -> None:
    """No rule about digits and signs."""
    assert objection(password, "siti.aminah") is None


def test_a_made_password_is_taken_and_no_two_are_alike() -> None:
    """The program keeps its own rule."""
    many = {passwords.made() for _ in range(100)}
    assert len(many) == 100
    assert all(objection(one, "siti.aminah") is None for one in many)


def test_it_is_kept_as_argon2id_and_known_again_whatever_keyboard_wrote_it() -> None:
    """Each digest has a salt of its own; an accent may be composed or not."""
    digest = passwords.digest_of("caf\u00e9 di Kota Lama")
    assert digest != passwords.digest_of("caf\u00e9 di Kota Lama")
    assert extract_parameters(digest).type.name == "ID"
    assert passwords.is_it("cafe\u0301 di Kota Lama", digest)
    assert not passwords.is_it("cafe di Kota Lama", digest)
    assert not passwords.is_it("caf\u00e9 di Kota Lama", "no digest")
    assert not passwords.is_outdated(digest)
    assert passwords.is_outdated(PasswordHasher(time_cost=1, memory_cost=1024).hash("x"))


def test_nobody_is_compared_as_slowly_as_somebody() -> None:
    """The processor's time, the best of three: the same work is done where there is no digest."""
    digest = passwords.digest_of("kopi tubruk di Pasar Johar")
    passwords.is_it("x", None)

    def best(known: str | None) -> float:
        took = []
        for _ in range(3):
            began = time.process_time()
            assert not passwords.is_it("lima belas becak hijau", known)
            took.append(time.process_time() - began)
        return min(took)

    assert 0.6 < best(None) / best(digest) < 1.7
