"""The alerts about messages to residents: those that are late, and gateways that take none or bring them back."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from workflows.alert import AlertRule, Audience, Severity, Words
from workflows.stations import Finding

LATE: Final = "messages-late"
FAILING: Final = "messages-failing"
_FEW: Final = 20  #: So few messages say nothing about a share.

MESSAGE_RULES: Final[Mapping[str, AlertRule]] = MappingProxyType({
    LATE: AlertRule(
        Severity.WARNING, Audience.OFFICE,
        Words("{count} pesan kepada warga lewat tenggat, yang tertua sejak {oldest}",
              "{count} messages to residents are past their deadline, the oldest since {oldest}"),
        Words("Warga belum tahu apa yang terjadi pada permohonannya.",
              "Residents do not know what became of their application."),
        Words("`ektp messages list --state planned`: jam tenang, kecepatan gerbang atau `ektp worker`.",
              "`ektp messages list --state planned`: quiet hours, a gateway's pace, or `ektp worker`."),
    ),
    FAILING: AlertRule(
        Severity.WARNING, Audience.SYSTEM,
        Words("{refused} pesan ditolak, {bounced} dari {sent} kembali, {unknown} tidak pasti",
              "{refused} messages refused, {bounced} of {sent} came back, {unknown} uncertain"),
        Words("Gerbang pesan ini tidak mengantar.", "This gateway does not deliver."),
        Words("Periksa URL-nya di [messages.gateways] dan pulsanya; yang gagal: `ektp messages by-hand`.",
              "Look at its URL in [messages.gateways] and its credit; who was not told: `ektp messages by-hand`."),
        patience=60,
    ),
})  # fmt: skip


class LateMessages(NamedTuple):
    """So many messages of an office should have been told by now."""

    office: str
    number: int
    oldest: datetime


class Carried(NamedTuple):
    """What a gateway did: messages it refuses now, and of the last week those sent, come back, uncertain."""

    channel: str
    refused: int
    sent: int
    bounced: int
    unknown: int


def found_in(late: tuple[LateMessages, ...], carried: tuple[Carried, ...], share: int) -> Iterator[Finding]:
    """Yield what is the matter; *share* is how many in a hundred may come back."""
    for one in late:
        yield Finding(
            LATE, one.office or "plan", "", one.office, {"count": one.number, "oldest": one.oldest.isoformat()}
        )
    for gateway in carried:
        tried = gateway.sent + gateway.bounced + gateway.unknown
        lost = gateway.bounced + gateway.unknown
        if gateway.refused or (tried >= _FEW and 100 * lost > share * tried):
            detail = {"refused": gateway.refused, "sent": tried, "bounced": gateway.bounced, "unknown": gateway.unknown}
            yield Finding(FAILING, gateway.channel, "", "", detail)
