"""Why a letter could not be printed.

EktpError
└── TemplateBroken      (exit 2)
"""

from ektp.errors import WrongUse


class TemplateBroken(WrongUse):
    """An office's own template cannot be set; the reason is Typst's, about a person who does not exist."""

    def __init__(self, template: str, reason: str) -> None:
        super().__init__(template, reason)
        self.template, self.reason = template, reason

    def __str__(self) -> str:
        return f"the template {self.template} cannot be set ({self.reason}): correct it, or remove it to use ours"
