"""Apprise as our messenger: it says whether a letter was taken, and nothing of where it went."""

from typing import Final

import structlog

from ektp.telling.addresses import Addresses
from ektp.telling.discretion import be_discreet
from ektp.telling.errors import AddressMissing
from workflows.alert import Severity
from workflows.alert_letters import Note

log = structlog.get_logger()
_PATIENCE: Final = 20  # seconds for a letter


class AppriseMessenger:
    """Sends letters to the receivers of the configuration; it may be used from many threads."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses

    def tell(self, receiver: str, note: Note) -> bool:
        """Send it and return whether it was taken. Raises AddressMissing."""
        import apprise  # noqa: PLC0415 - it takes its time, and is not always wanted

        be_discreet()
        asset = apprise.AppriseAsset(app_id="E-KTP", app_desc="E-KTP", storage_mode="memory", secure_logging=True)
        line = apprise.Apprise(asset=asset)
        address = self._addresses.of(receiver)
        try:
            known = line.add(address)
            kind = getattr(apprise.NotifyType, _kind(note))
            taken = known and bool(line.notify(note.body, note.title, kind, timeout=_PATIENCE))
        except Exception as error:  # noqa: BLE001 - a service's plugin; its text may quote the address
            log.warning("letter-not-taken", receiver=receiver, error=type(error).__name__)
            return False
        if not known:
            raise AddressMissing(f"alerts.receivers {receiver}", "its address is of no kind that Apprise knows")
        if not taken:
            log.warning("letter-not-taken", receiver=receiver)
        return taken


def _kind(note: Note) -> str:
    """Return what Apprise calls it: services show it as a colour or a sign."""
    if note.resolved:
        return "SUCCESS"
    return {Severity.NOTE: "INFO", Severity.WARNING: "WARNING", Severity.CRITICAL: "FAILURE"}[note.severity]
