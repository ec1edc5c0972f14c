"""The form with which somebody plans a repair."""

from typing import Final

from ektp.repairing.correction import Kind
from ektp.repairing.planning import Wish
from ektp.repairing.selection import Selection
from ektp.web.errors import NotAsked
from ektp.web.room.seat import Posted
from workflows.repairs import RATE

_LONGEST: Final = 500  # signs of a reason
#: What a patch may look like: nobody knows the words of RFC 6902 by heart.
EXAMPLE: Final = '[{"op": "replace", "path": "/data/channel", "value": "kecamatan"}]'


def because_of(sent: Posted) -> str:
    """Return the reason that somebody gave. Raises NotAsked."""
    because = sent.text("because")
    if not because or len(because) > _LONGEST:
        raise NotAsked(f"say why, in at most {_LONGEST} signs")
    return because


def wish_of(sent: Posted, selection: Selection, kind: Kind | None, said: bytes) -> Wish:
    """Return what somebody asks for with the form; the threshold is written in percent. Raises NotAsked."""
    threshold, rate = sent.text("threshold") or "20", sent.text("rate") or str(RATE)
    try:
        part, speed = float(threshold.replace(",", ".")) / 100, int(rate)
    except ValueError:
        raise NotAsked("the threshold is a number of percent, the rate a number of items a second") from None
    return Wish(selection, sent.by, because_of(sent), kind, said, part, speed)
