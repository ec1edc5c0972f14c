"""The ways an event can go from a terminal: to a broker with confirms, or through the door of the running `ektp up`."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final, Protocol

from ektp.cli.neighbour import Neighbour, neighbour
from ektp.cli.screen import note
from ektp.errors import ServiceMissing

if TYPE_CHECKING:
    from ektp.broker.console import Dispatch
    from ektp.config.settings import Settings

_IN_ONE_REQUEST: Final = 250  # events; the door takes 1000 of them, or 1 MiB
_LARGEST_REQUEST: Final = 1_000_000  # bytes


class Way(Protocol):
    """Somewhere events can go."""

    def carry(self, events: "Sequence[Dispatch]") -> Mapping[str, str | None]:
        """Return the id of each event with None where it was taken over, else why not. Raises ServiceMissing."""


class ToBroker:
    """Published with confirms."""

    def __init__(self, url: str) -> None:
        self._url = url

    def carry(self, events: "Sequence[Dispatch]") -> Mapping[str, str | None]:
        """Publish; what was not confirmed may be sent again."""
        from consumers.errors import PublisherLost
        from ektp.broker.console import BatchPublisher, Fate

        words = {
            Fate.CONFIRMED: None,
            Fate.RETURNED: "not-routed",
            Fate.NACKED: "refused-by-the-broker",
            Fate.UNKNOWN: "not-confirmed",
        }
        try:
            fates = BatchPublisher(self._url).publish(events)
        except PublisherLost as lost:
            raise ServiceMissing(lost.because) from lost
        if fates and Fate.CONFIRMED not in fates.values():
            note(
                "the broker confirmed nothing: has `ektp migrate` declared its exchanges, and may this account publish?"
            )
        return {one: words[fate] for one, fate in fates.items()}


class ThroughDoor:
    """Handed to the running `ektp up`, which answers after the commit; what it parks it has taken over too."""

    def __init__(self, door: Neighbour) -> None:
        self._door = door

    def carry(self, events: "Sequence[Dispatch]") -> Mapping[str, str | None]:
        """Hand in."""
        for some in _in_requests(events):
            self._door.post([one.body for one in some])
        return dict.fromkeys(one.id for one in events)


def way_for(settings: "Settings") -> Way:
    """Return the broker of the settings, else the `ektp up` of this home. Raises ServiceMissing without both."""
    if (url := settings.broker()) is not None:
        return ToBroker(url)
    door = neighbour(settings.home)
    if door is None:
        raise ServiceMissing(
            f"EKTP_BROKER_URL is not set and no `ektp up` runs in {settings.home}: set it, or start one;"
            " `ektp apply` takes the same lines without either"
        )
    note(f"EKTP_BROKER_URL is not set: through the HTTP door of `ektp up` at {door.address}")
    return ThroughDoor(door)


def _in_requests(events: "Sequence[Dispatch]") -> "Iterator[list[Dispatch]]":
    """Yield the events in lists that one request may hold."""
    left = iter(events)
    while some := list(islice(left, _IN_ONE_REQUEST)):
        room, first = _LARGEST_REQUEST, 0
        for at, one in enumerate(some):
            room -= len(one.body) + 1
            if room < 0:
                yield some[first:at]
                room, first = _LARGEST_REQUEST - len(one.body) - 1, at
        yield some[first:]
