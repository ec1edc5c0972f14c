"""The rules that a scenario brings into its home: who goes by them, and when they are gone again."""

from pathlib import Path

import pytest

from ektp.cli.up import bring_rules
from ektp.config.config import read_config
from ektp.config.settings import SCENARIO_RULES, Settings
from ektp.errors import WrongUse
from ektp.simulation.repertoire import scenario


def test_every_command_of_the_home_goes_by_the_rules_of_its_city(tmp_path: Path) -> None:
    """Until another scenario is played there; a file that is given counts more."""
    settings = Settings(home=tmp_path / "home")
    assert settings.rules is None
    bring_rules(settings, scenario("semarang").scaled(0.1))
    assert settings.rules == tmp_path / "home" / SCENARIO_RULES
    office = read_config(settings.rules).office("33.74.10")
    assert (office.allocator, sum(office.printing.printers.values())) == ("builtin", 322)
    given = tmp_path / "own.toml"
    assert Settings(home=tmp_path / "home", config=given).rules == given
    bring_rules(settings, scenario("week"))
    assert settings.rules is None


def test_a_configuration_that_is_given_is_not_replaced(tmp_path: Path) -> None:
    """It says what to do, before anything is started."""
    given = tmp_path / "own.toml"
    given.write_text("")
    settings = Settings(home=tmp_path / "home", config=given)
    with pytest.raises(WrongUse, match="unset EKTP_CONFIG"):
        bring_rules(settings, scenario("semarang"))
    assert not (tmp_path / "home").exists()
