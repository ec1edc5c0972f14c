"""The configuration that a scenario brings: the pipeline then works by the rules of the city that is simulated."""

from typing import Final

from ektp.simulation.scenarios import Scenario
from ektp.simulation.town import number_of

_RULES: Final = """\
# Written by `ektp up --scenario {name}`: the rules of the city in this home. Another scenario brings others or none.

[timekeeper]
deadlines_a_minute = 0 # a simulated week passes in a moment

[messages]
tell = [] # a hundred thousand made-up people are told nothing

[offices."{regency}"]
promise = 4
allocator = "builtin"
suket = 4
# Who has waited for a year hears of it, and not every week; in the year that passes in slots of a week two such slots
# without news are no silence.
patience = {{ waiting-for-blanko = 300, no-news = 11, still-no-news = 15 }}

[offices."{regency}".printing]
printers = {{ {printers} }}

[offices."{regency}".queue]
backlog_before = {backlog_before}
weights = {{ urgent = 4, new = 4, in-person = 3, backlog = 5 }}
"""


def rules(scenario: Scenario) -> str | None:
    """Return the text of the configuration file, None where the usual one is good."""
    if not scenario.builtin or scenario.backlog is None:
        return None
    count = scenario.printers.count
    cards, rest = divmod(max(count, int(count * scenario.printers.cards_a_day)), count)
    printers = (f"{printer_of(scenario.regency, number)} = {cards + (number < rest)}" for number in range(count))
    return _RULES.format(
        name=scenario.name,
        regency=scenario.regency,
        printers=", ".join(printers),
        backlog_before=scenario.backlog.before,
    )


def printer_of(regency: str, number: int) -> str:
    """Return the name of a printer, the first being number 0: printer_3374_1."""
    return f"printer_{number_of(regency)}_{number + 1}"
