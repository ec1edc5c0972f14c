"""Why a letter could not be printed.

EktpError
├── NotInForce          (exit 1)
└── TemplateBroken      (exit 2)
"""

from ektp.errors import EktpError, WrongUse


class NotInForce(EktpError):
    """The letter was withdrawn, or its time is over: printed again it would be taken for a good one."""

    def __init__(self, number: str, why: str, application: str) -> None:
        super().__init__(number, why, application)
        self.number, self.why, self.application = number, why, application

    def __str__(self) -> str:
        return f"the suket {self.number} is void ({self.why}): `ektp show {self.application}` names the one in force"


class TemplateBroken(WrongUse):
    """An office's own template cannot be set; the reason is Typst's, about a person who does not exist."""

    def __init__(self, template: str, reason: str) -> None:
        super().__init__(template, reason)
        self.template, self.reason = template, reason

    def __str__(self) -> str:
        return f"the template {self.template} cannot be set ({self.reason}): correct it, or remove it to use ours"
