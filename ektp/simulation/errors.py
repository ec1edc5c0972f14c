"""What can be wrong with a simulation.

WrongUse
├── NoSuchScenario
└── NobodyLeft
"""

from ektp.errors import WrongUse


class NoSuchScenario(WrongUse):
    """There is no scenario of this name."""

    def __init__(self, name: str, known: str) -> None:
        super().__init__(name, known)
        self.name, self.known = name, known

    def __str__(self) -> str:
        return f"there is no scenario {self.name}: one of {self.known}"


class NobodyLeft(WrongUse):
    """Every impossible NIK of the city has been used by the runs before this one."""

    def __init__(self, run: int) -> None:
        super().__init__(run)
        self.run = run

    def __str__(self) -> str:
        return f"run {self.run} would repeat the people of an earlier one: simulate in an empty store"
