"""Why a test run has no server."""


class ServerUnavailable(Exception):
    """A server the tests need cannot be had here; `remedy` is what to type."""

    def __init__(self, server: str, remedy: str) -> None:
        super().__init__(server, remedy)
        self.server, self.remedy = server, remedy

    def __str__(self) -> str:
        return f"the tests need {self.server}: {self.remedy}"


class NotOurs(Exception):
    """A test wants to stop a server whose URL was given from outside; mark it `owns_server`."""

    def __init__(self, server: str, variable: str) -> None:
        super().__init__(server, variable)
        self.server, self.variable = server, variable

    def __str__(self) -> str:
        return f"{self.server} was given by {self.variable}, it is not for the tests to stop"
