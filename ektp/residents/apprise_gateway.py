"""Apprise as a gateway: it says what is certain of a message, and where nothing is, that too."""

import logging
import re
from typing import Any, Final
from urllib.parse import quote

import structlog

from ektp.telling.addresses import Addresses
from ektp.telling.discretion import be_discreet, overheard
from ektp.telling.errors import AddressMissing
from workflows.messages import Answer, Delivery, Interrupted

log = structlog.get_logger()
_PATIENCE: Final = 20  # seconds for a message
PLACE: Final = "{address}"  #: Where the resident's address stands in a gateway's URL.
# A message may be given again only where the gateway said no, or was never reached: a line that broke later may have
# carried it. What Apprise notes of a call is read for this, and kept nowhere: it quotes addresses.
_SAID_NO: Final = re.compile(r"error=(?:4\d\d|503)\b|\((?:4|5)\d\d, b")
_NOT_REACHED: Final = re.compile(
    r"NewConnectionError|ConnectTimeout|NameResolutionError|Connection refused|Name or service not known"
    r"|No route to host|Network is unreachable|Temporary failure in name resolution"
)


class AppriseGateway:
    """Sends over the channels of the configuration; it may be used from many threads."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses

    def send(self, delivery: Delivery) -> tuple[Answer, str | None]:
        """Send it; a gateway that is wrongly set up refuses, so that it is tried again when it is mended."""
        import apprise  # noqa: PLC0415 - it takes its time, and is not always wanted

        be_discreet()
        try:
            url = self._addresses.of(delivery.channel)
        except AddressMissing as missing:
            log.warning("gateway-without-url", channel=delivery.channel, because=missing.because)
            return Answer.REFUSED, "AddressMissing"
        asset = apprise.AppriseAsset(app_id="E-KTP", app_desc="E-KTP", storage_mode="memory", secure_logging=True)
        line = apprise.Apprise(asset=asset)
        if PLACE not in url or not line.add(url.replace(PLACE, quote(delivery.address, safe=""))):
            log.warning("gateway-url-not-known", channel=delivery.channel)
            return Answer.REFUSED, "UrlNotKnown"
        try:
            with overheard():
                result = line.notify(delivery.text, delivery.subject, timeout=_PATIENCE, log_level=logging.DEBUG)
        except Exception as error:  # noqa: BLE001 - a service's plugin; its text may quote the address
            return Answer.UNKNOWN, type(error).__name__
        return (Answer.TAKEN, None) if result else _answer(result)

    def knows(self, message: Interrupted) -> None:
        """Have no answer: a service that took a message cannot be asked whether it did."""
        del message


def _answer(result: Any) -> tuple[Answer, str]:  # noqa: ANN401 - Apprise's
    noted = "\n".join(str(getattr(entry, "message", entry)) for entry in result.logs())
    if _NOT_REACHED.search(noted):
        return Answer.REFUSED, "NotReached"
    if _SAID_NO.search(noted):
        return Answer.REFUSED, "SaidNo"
    return Answer.UNKNOWN, "NotCertain"
