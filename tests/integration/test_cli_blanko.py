"""The stock as somebody types it, and as a script reads it over HTTP."""

from pathlib import Path

import pytest

from tests.command_line import CommandLine
from tests.histories import History
from tests.stock import received
from tests.web_client import parts_on, served

CONFIG = """
[offices."33.74"]
reorder = {blanko = 8, ribbon = 2}
"""
WHY = ("--document", "BA-5", "--because", "as agreed", "--operator", "Contoh Kepala")


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """Give the settings of an office that orders in time."""
    config = tmp_path / "ektp.toml"
    config.write_text(CONFIG)
    return {"EKTP_CONFIG": str(config)}


def test_blanko_are_received_lent_spoiled_and_destroyed_by_two(ektp: CommandLine) -> None:
    """Each command says what became of it; stock tells what lies where, what is owed, what runs out."""
    assert ektp("blanko", "stock").out == "nothing lies anywhere\n"
    assert ektp("blanko", "receive", "33.74", "AB-0001", "AB-0010", "--delivery-note", "SJ-1").out == "applied\n"
    (office,) = ektp.ask("blanko", "stock")
    assert (office["places"]["in-stock"], office["low"]) == (10, ["ribbon"])
    assert ektp("blanko", "lend", "33.74", "AB-0001", "AB-0002", "--to", "33.22", *WHY).out == "applied\n"
    assert ektp("blanko", "spoil", "33.74", "AB-0003", *WHY).out == "applied\n"
    two = ("--by", "Contoh Satu", "--by", "Contoh Dua")
    assert ektp("blanko", "destroy", "33.74", "AB-0003", *two, *WHY).out == "applied\n"
    (office,) = ektp.ask("blanko", "stock", "33.74")
    assert office["places"] | {"in-stock": 7, "lent": 2, "destroyed": 1} == office["places"]
    assert (office["loans"], office["low"]) == ({"33.22": 2}, ["blanko", "ribbon"])
    shown = ektp("blanko", "stock").out
    assert "33.22 owes 2" in shown
    assert ektp.ask("blanko", "stock", "33.22") == []


def test_the_life_of_a_serial_names_every_step_who_and_why(ektp: CommandLine) -> None:
    """From its delivery to its card."""
    history = History().recorded().verified().allocated().printed()
    blanko = history.blanko()
    ektp("blanko", "receive", "33.74", blanko, "--delivery-note", "SJ-2")
    ektp("blanko", "missing", "33.74", blanko, "--by", "Contoh Satu", "--by", "Contoh Dua", *WHY)
    ektp("blanko", "found", "33.74", blanko, *WHY)
    ektp("apply", ektp.file(*history.events))
    told = ektp.ask("blanko", "stock", "--serial", blanko)
    assert (told["place"], told["application"], told["delivery_note"]) == ("printed", str(history.application), "SJ-2")
    walked = [(one["to"]["place"], one["document"]) for one in told["movements"]]
    assert walked == [
        ("in-stock", "SJ-2"), ("missing", "BA-5"), ("in-stock", "BA-5"), ("allocated", None), ("printed", None),
    ]  # fmt: skip
    assert told["movements"][1]["by"] == "Contoh%20Kepala"
    assert "as agreed" in ektp("blanko", "stock", "--serial", blanko).out
    answer = ektp("blanko", "stock", "--serial", "NOBODYS-1")
    assert (answer.code, "there is no blanko NOBODYS-1" in answer.err) == (1, True)


def test_what_cannot_be_is_parked_with_the_serial_that_is_wrong(ektp: CommandLine) -> None:
    """Exit code 1; a wrong field is wrong use, and nothing is parked for it."""
    ektp("blanko", "receive", "33.74", "AB-0001", "AB-0003", "--delivery-note", "SJ-1")
    answer = ektp("blanko", "return", "33.74", "AB-0002", "AB-0009", *WHY)
    assert (answer.code, answer.out) == (1, "parked: blanko-not-there, AB-0004 is not in the ledger\n")
    same = ektp("blanko", "destroy", "33.74", "AB-0001", "--by", "A B", "--by", "a  b", *WHY)
    assert (same.code, "two different people" in same.err) == (2, True)
    loan = ektp("blanko", "receive", "33.74", "AB-0011", "--delivery-note", "SJ-9", "--as", "loan")
    assert (loan.code, "add from" in loan.err) == (2, True)
    assert len(ektp.ask("parked", "list")) == 1


def test_supplies_are_received_loaded_and_used_up(ektp: CommandLine) -> None:
    """In store by the piece, on a printer by the card; what runs out is to be ordered."""
    assert ektp("supplies", "stock").out == "nobody counts supplies\n"
    assert ektp("supplies", "receive", "33.74", "ribbon", 3, "--document", "SJ-4").out == "applied\n"
    assert ektp("supplies", "load", "33.74", "printer1", "ribbon").out == "applied\n"
    history = History().recorded().verified().allocated().printed()
    ektp("apply", ektp.file(*history.events))
    assert ektp("supplies", "move", "lent", "33.74", "ribbon", 1, "--to", "33.22", *WHY).out == "applied\n"
    (office,) = ektp.ask("supplies", "stock")
    assert (office["supplies"], office["printers"]) == ({"ribbon": 1}, {"printer1": {"ribbon": 499}})
    assert (office["supply_loans"], office["low"]) == ({"33.22": {"ribbon": 1}}, ["blanko", "ribbon"])
    assert "order ribbon" in ektp("supplies", "stock").out
    answer = ektp("supplies", "move", "used-up", "33.74", "ribbon", 2, *WHY)
    assert (answer.code, answer.out) == (1, "parked: supplies-not-there, 33.74 has 1 ribbon in store\n")
    assert ektp("verify").code == 0


def test_http_answers_what_the_command_prints(ektp: CommandLine, database_url: str, tmp_path: Path) -> None:
    """The stock of all offices and of one, the life of a serial, and a problem for what is none."""
    with parts_on(database_url, tmp_path / "web") as parts, served(parts) as web:
        web.batch(received("AB-0001", "AB-0005"), received("AC-0001", "AC-0002", "33.22", delivery_note="SJ-3"))
        both = web.get("/api/v1/stock").json
        assert [(one["office"], one["places"]["in-stock"]) for one in both] == [("33.22", 2), ("33.74", 5)]
        assert web.get("/api/v1/stock?office=33.22").json == both[:1] == ektp.ask("blanko", "stock", "33.22")
        assert web.get("/api/v1/stock/AB-0001").json == ektp.ask("blanko", "stock", "--serial", "AB-0001")
        assert web.get("/api/v1/stock/NONE-1").status == 404
        assert web.get("/api/v1/stock?office=77").status == 422
