"""The gateway of each channel: Apprise where the configuration names one, the files of the sink where it does not."""

from collections.abc import Collection

from consumers.failpoints import failpoint
from ektp.residents.apprise_gateway import AppriseGateway
from ektp.residents.file_gateway import FileGateway
from workflows.messages import Answer, Delivery, Interrupted
from workflows.ports import Gateway


class Gateways:
    """Every channel's gateway as one; `channels` are those that Apprise carries."""

    def __init__(self, files: FileGateway, apprise: AppriseGateway, channels: Collection[str]) -> None:
        self._files = files
        self._apprise = apprise
        self._channels = channels

    def send(self, delivery: Delivery) -> tuple[Answer, str | None]:
        """Give it over."""
        failpoint("message-before-send", delivery.channel)
        answer = self._of(delivery.channel).send(delivery)
        failpoint("message-after-send", delivery.channel)
        return answer

    def knows(self, message: Interrupted) -> bool | None:
        """Ask the gateway that would have it."""
        return self._of(message.channel).knows(message)

    def _of(self, channel: str) -> Gateway:
        return self._apprise if channel in self._channels else self._files
