"""What can go wrong with a recording on its way: the truth, which only the city knows."""

from enum import StrEnum


class Trouble(StrEnum):
    """The first thing that went wrong with an application."""

    SETTLED = "settled silently"  #: The centre never reports, or has never got the packet.
    FAILED = "failed at the centre"
    SEARCH = "search failed"
    DUPLICATE = "duplicate"
    ADJUDICATION = "adjudication"
    OUTAGE = "in the outage"  #: The centre was down when it would have come to it.
    NONE = "none"
