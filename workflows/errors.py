"""Why a workflow says no."""


class WorkflowError(Exception):
    """Something is asked that the rules do not allow."""


class NotInLifecycle(WorkflowError):
    """The facts amount to a change for which the table has no row."""

    def __init__(self, while_: str, when: str, becomes: str) -> None:
        super().__init__(while_, when, becomes)

    def __str__(self) -> str:
        while_, when, becomes = self.args
        return f"no row of LIFECYCLE leads from {while_} by {when} to {becomes}"


class BadTexts(WorkflowError):
    """The texts of a language lack something, or name what there is not."""

    def __init__(self, where: str, because: str) -> None:
        super().__init__(where, because)
        self.where, self.because = where, because

    def __str__(self) -> str:
        return f"{self.where}: {self.because}"


class SubscriptionRefused(WorkflowError):
    """There can be no such subscription; the text says what is wrong and what may be written."""
